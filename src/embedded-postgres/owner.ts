import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { EmbeddedHome } from './home.ts'
import { identifyProcess, isRunning, type ProcessIdentity } from './os-process.ts'

/**
 * Exactly one process owns a running server and stops it in the end: the one that started it, as long as it lives. Its
 * identity is the server's `cluster_name`, so there is no moment in which a server runs without naming its starter.
 * When the starter is dead, the first process that comes takes over and says so in `owner.json`.
 */

/** Our own identity, and as a server's name. */
export async function describeOurselves(): Promise<{ identity: ProcessIdentity; clusterName: string }> {
  const identity = await identifyProcess(process.pid)
  if (identity === undefined) throw new Error('This process cannot tell when it was started.')
  return { identity, clusterName: `started-by:${identity.pid}:${identity.started}` }
}

/**
 * Take over the server `postmasterPid` unless its owner is alive; true when it is ours now. The caller holds a lock that
 * serialises this for all who share the server.
 */
export async function takeOver(
  home: EmbeddedHome,
  database: pg.Client,
  postmasterPid: number,
): Promise<boolean> {
  const file = join(home.directory, 'owner.json')
  for (const owner of [await readStarter(database), await readSuccessor(file, postmasterPid)]) {
    if (owner !== undefined && (await isRunning(owner))) return false
  }
  const { identity } = await describeOurselves()
  const draft = `${file}.${process.pid}`
  await writeFile(draft, JSON.stringify({ ...identity, postmasterPid }))
  await rename(draft, file)
  return true
}

async function readStarter(database: pg.Client): Promise<ProcessIdentity | undefined> {
  const { rows } = await database.query<{ cluster_name: string }>('SHOW cluster_name')
  const match = /^started-by:(\d+):(.+)$/.exec(String(rows[0]?.cluster_name))
  return match?.[2] === undefined ? undefined : { pid: Number(match[1]), started: match[2] }
}

/** A record about an earlier server says nothing about this one. */
async function readSuccessor(file: string, postmasterPid: number): Promise<ProcessIdentity | undefined> {
  try {
    const record = JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity & { postmasterPid: number }
    return record.postmasterPid === postmasterPid ? record : undefined
  } catch {
    return undefined
  }
}
