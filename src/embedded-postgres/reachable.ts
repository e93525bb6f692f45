import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, cp, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { findPostgresBinaries, type PostgresBinaries } from './binaries.ts'
import type { ClusterIdentity } from './cluster.ts'

/**
 * When root keeps the project in its own home (/root is 0700), the user that PostgreSQL runs as reaches neither the
 * programs nor the data there. Opening root's home is not ours to do, so both get a place in the system's temporary
 * folder instead; the caller tells where.
 */

/** Whether the user that runs the server can get through to `path`. Always so when that is ourselves. */
export function isReachable(path: string, identity: ClusterIdentity): boolean {
  if (identity === undefined) return true
  const probe = spawnSync('/bin/sh', ['-c', 'test -x "$0"', path], { ...identity, cwd: '/', stdio: 'ignore' })
  return probe.status === 0
}

/** The programs, copied to a reachable place when they lie behind a closed folder. */
export async function findReachableBinaries(identity: ClusterIdentity): Promise<PostgresBinaries> {
  const binaries = await findPostgresBinaries()
  if (isReachable(binaries.postgres, identity)) return binaries
  const root = join(await openSubstitute(binaries.root), binaries.version)
  await copyOnce(binaries.root, root)
  const moved = (program: string) => join(root, 'bin', basename(program))
  return { ...binaries, initdb: moved(binaries.initdb), postgres: moved(binaries.postgres), root }
}

/** A folder of root's in the temporary folder, always the same for the same unreachable `path`. */
export async function openSubstitute(path: string): Promise<string> {
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 16)
  const substitute = join(tmpdir(), `receiver-postgres-${digest}`)
  await mkdir(substitute).catch(ignoreExisting)
  const found = await lstat(substitute)
  // The name can be guessed: another user's folder or link must not become root's.
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(
      `${substitute} belongs to another user; remove it, or move the project out of a closed folder.`,
    )
  }
  await chmod(substitute, 0o711)
  return substitute
}

/** Copied aside and renamed, so that a copy cut short is never taken for a whole one. */
async function copyOnce(from: string, to: string): Promise<void> {
  if (await lstat(to).catch(() => undefined)) return
  const draft = `${to}.${process.pid}`
  await cp(from, draft, { recursive: true, verbatimSymlinks: true })
  await openToEverybody(draft)
  await rename(draft, to).catch(async () => rm(draft, { recursive: true }))
}

/** A strict umask at installation would come along with the copy. */
async function openToEverybody(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const real = entries.filter((entry) => !entry.isSymbolicLink())
  await chmod(directory, 0o755)
  await Promise.all(real.map((entry) => chmod(join(entry.parentPath, entry.name), 0o755)))
}

function ignoreExisting(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
}
