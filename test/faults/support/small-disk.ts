import { spawnSync } from 'node:child_process'
import { open, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system so small that a test can fill it. */
export interface SmallDisk {
  directory: string
  /** Take every byte that is left. */
  fill: () => Promise<void>
  free: () => Promise<void>
  unmount: () => Promise<void>
}

const CHUNK = Buffer.alloc(64 * 1024)

/** Null where the machine does not let us mount one: only root may, and only on Linux. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk | null> {
  const directory = await mkdtemp(join(tmpdir(), 'receiver-small-disk-'))
  const mounted = run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0711`, 'tmpfs', directory)
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
      run('umount', '--lazy', directory)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const run = (command: string, ...args: string[]): boolean =>
  process.platform === 'linux' && spawnSync(command, args, { stdio: 'ignore' }).status === 0

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
