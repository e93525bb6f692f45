import { open, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProcess } from '../../support/started-process.ts'

/** A file system so small that a test can fill it. */
export interface SmallDisk {
  directory: string
  /** Take every byte that is left. */
  fill: () => Promise<void>
  free: () => Promise<void>
  unmount: () => Promise<void>
}

const CHUNK = Buffer.alloc(64 * 1024)

/** What it takes; the words of an omission. */
export const MOUNTING = 'the mounting of a small file system, which root may on Linux'

/** Null where the machine does not let us mount one. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk | null> {
  const directory = await mkdtemp(join(tmpdir(), 'receiver-small-disk-'))
  const options = `size=${megabytes}m,mode=0711,uid=${process.getuid?.() ?? 0}`
  const mounted = await asRoot('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', directory)
  if (!mounted) {
    await rm(directory, { recursive: true })
    return null
  }
  const ballast = join(directory, 'ballast')
  return {
    directory,
    fill: async () => writeUntilFull(ballast),
    free: async () => rm(ballast, { force: true }),
    unmount: async () => {
      // A process that still holds a file there keeps only that file.
      await asRoot('umount', '--lazy', directory)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Continuous integration may ask for root's rights; a developer's machine is left alone. */
async function asRoot(...command: string[]): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const elevated = process.getuid?.() !== 0 && process.env['CI'] !== undefined
  const [program = '', ...args] = elevated ? ['sudo', '--non-interactive', ...command] : command
  return (await startProcess(program, args, { environment: process.env }).ended) === 0
}

async function writeUntilFull(path: string): Promise<void> {
  const file = await open(path, 'a')
  try {
    for (let size = CHUNK.length; size >= 1;) {
      const { bytesWritten } = await file
        .write(CHUNK, 0, size)
        .catch((error: unknown) => noSpace(error, { bytesWritten: 0 }))
      // The last free bytes are fewer than a chunk.
      if (bytesWritten < size) size = Math.floor(size / 2)
    }
  } finally {
    await file.close()
  }
}

function noSpace<Value>(error: unknown, instead: Value): Value {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  return instead
}
