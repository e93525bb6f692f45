import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { BaseLogger } from 'pino'
import { findFreePort } from './free-port.ts'
import { identifyProcess } from './os-process.ts'
import { chooseIdentity, initialiseCluster, type Cluster } from './cluster.ts'
import { findReachableBinaries, isReachable, openSubstitute } from './reachable.ts'

/**
 * Everything of one embedded PostgreSQL on disk:
 *
 *     cluster/data       PostgreSQL's own, readable only to the user it runs as
 *     cluster/password   of its superuser, 0600; made together with the data
 *     port               the last one used, so that a bookmark in psql keeps working
 *     owner.json         which process took the server over (embedded-owner.ts)
 *     postgres.log
 */
export interface EmbeddedHome {
  directory: string
  cluster: Cluster
  password: string
  logFile: string
}

const LOG_LIMIT_BYTES = 5_000_000

/** Open the home below `wanted`, creating it the first time. Several processes may do so at once. */
export async function openHome(wanted: string, log: Pick<BaseLogger, 'warn'>): Promise<EmbeddedHome> {
  const directory = await reachableDirectory(resolve(wanted), log)
  const dataDirectory = join(directory, 'cluster', 'data')
  const identity = await chooseIdentity(dataDirectory)
  const binaries = await findReachableBinaries(identity)
  await refuseForeignData(dataDirectory)
  await createOnce(directory, { binaries, dataDirectory, identity })
  const logFile = join(directory, 'postgres.log')
  await dropLongLog(logFile)
  const password = await readFile(join(directory, 'cluster', 'password'), 'utf8')
  return { directory, cluster: { binaries, dataDirectory, identity }, password, logFile }
}

/** The port to start on: the wished or the last one while it is free, else any. */
export async function choosePort(home: EmbeddedHome, wished: number | undefined): Promise<number> {
  const remembered = Number(await readFile(join(home.directory, 'port'), 'utf8').catch(() => ''))
  return findFreePort(wished ?? (remembered > 0 ? remembered : undefined))
}

export async function rememberPort(home: EmbeddedHome, port: number): Promise<void> {
  await writeFile(join(home.directory, 'port'), String(port))
}

async function reachableDirectory(wanted: string, log: Pick<BaseLogger, 'warn'>): Promise<string> {
  const created = await mkdir(wanted, { recursive: true })
  // When root starts us, PostgreSQL runs as another user, who must get through but needs to list nothing.
  if (created !== undefined) await chmod(wanted, 0o711)
  const directory = await realpath(wanted)
  const identity = await chooseIdentity(join(directory, 'cluster', 'data'))
  if (isReachable(directory, identity)) return directory
  const substitute = await openSubstitute(directory)
  log.warn({ wanted, substitute }, 'PostgreSQL cannot run below a folder closed to it; its data is elsewhere')
  return substitute
}

/** Without this the first sign would be PostgreSQL's complaint about permissions, which names no remedy. */
async function refuseForeignData(dataDirectory: string): Promise<void> {
  const us = process.getuid?.()
  const owner = await stat(dataDirectory).catch(() => undefined)
  if (us === undefined || us === 0 || owner === undefined || owner.uid === us) return
  throw new Error(`${dataDirectory} belongs to another user. Start as that user (or as root), or remove it.`)
}

/**
 * Built aside and renamed: the process that renames first made the cluster, all others use it, and one cut short by
 * `kill -9` never counts.
 */
async function createOnce(directory: string, cluster: Cluster): Promise<void> {
  if (await stat(cluster.dataDirectory).catch(() => undefined)) return
  await removeAbandonedDrafts(directory)
  const draft = join(directory, `draft.${process.pid}.${randomBytes(4).toString('hex')}`)
  await mkdir(draft)
  await chmod(draft, 0o711)
  const password = randomBytes(24).toString('base64url')
  await writeFile(join(draft, 'password'), password, { mode: 0o600 })
  await initialiseCluster({ ...cluster, dataDirectory: join(draft, 'data') }, password)
  await rename(draft, join(directory, 'cluster')).catch(() => rm(draft, { recursive: true }))
}

async function removeAbandonedDrafts(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const pid = /^draft\.(\d+)\./.exec(name)?.[1]
    if (pid === undefined || (await identifyProcess(Number(pid)))) continue
    await rm(join(directory, name), { recursive: true, force: true })
  }
}

async function dropLongLog(logFile: string): Promise<void> {
  const found = await stat(logFile).catch(() => undefined)
  if (found !== undefined && found.size > LOG_LIMIT_BYTES) await rename(logFile, `${logFile}.1`)
}
