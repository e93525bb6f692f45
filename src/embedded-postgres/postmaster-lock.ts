import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandLineOf, identifyProcess } from './os-process.ts'
import { readPostmaster, type Cluster, type Postmaster } from './cluster.ts'

/** The living server of this data directory; a lock file that a dead one left, or whose number is reused, is none. */
export async function findPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const postmaster = await readPostmaster(cluster.dataDirectory)
  if (postmaster === undefined || !(await identifyProcess(postmaster.pid))) return undefined
  const command = await commandLineOf(postmaster.pid)
  return command.includes(`-D ${cluster.dataDirectory} `) ? postmaster : undefined
}

/**
 * Make a stale lock file harmless. PostgreSQL discards one by itself, except when its process number is in use again by
 * any process, and then it never starts. The file is not removed but made to name us: PostgreSQL never takes its parent for
 * a rival, yet still reads the shared memory's key there and refuses while orphans of the dead server hold on to it.
 */
export async function disarmStaleLock(cluster: Cluster): Promise<void> {
  const lock = join(cluster.dataDirectory, 'postmaster.pid')
  const taken = `${lock}.${process.pid}`
  if (!(await rename(lock, taken).then(succeeded, isMissing))) return
  const text = await readFile(taken, 'utf8')
  await rm(taken)
  // Another process may have started the server since the caller looked; then its file goes back as it was.
  const alive = await identifiesServer(text, cluster)
  await restoreLock(lock, alive ? text : text.replace(/^\d+/, String(process.pid)), cluster)
}

async function identifiesServer(text: string, cluster: Cluster): Promise<boolean> {
  const command = await commandLineOf(Number.parseInt(text, 10))
  return command.includes(`-D ${cluster.dataDirectory} `)
}

async function restoreLock(lock: string, text: string, { identity }: Cluster): Promise<void> {
  // 'wx': a server that started in between has written its own file, which must stay.
  const written = await writeFile(lock, text, { flag: 'wx', mode: 0o600 }).then(succeeded, isExisting)
  if (written && identity) await chown(lock, identity.uid, identity.gid)
}

function succeeded(): boolean {
  return true
}

function isMissing(error: unknown): boolean {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  return false
}

function isExisting(error: unknown): boolean {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  return false
}
