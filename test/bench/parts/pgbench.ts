import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { PgbenchWork } from '../reference/pgbench-script.ts'
import type { BenchDatabase } from './postgres.ts'
import { endedChildrenTime } from './usage.ts'

const run = promisify(execFile)

/** PostgreSQL's own load generator: it is not part of the project's binaries. */
export interface Pgbench {
  path: string
  version: string
}

export const PGBENCH_MISSING =
  'pgbench is missing: reference A cannot be measured. Install it (apt-get install postgresql-contrib) or leave it out with --without-pgbench.'

/** In PATH, else where Debian puts the versions of PostgreSQL. */
export async function findPgbench(): Promise<Pgbench | null> {
  const installed = '/usr/lib/postgresql'
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...(existsSync(installed) ? readdirSync(installed).toReversed() : []).map((name) =>
      join(installed, name, 'bin'),
    ),
  ]
  const path = folders.map((folder) => join(folder, 'pgbench')).find((file) => existsSync(file))
  if (path === undefined) return null
  const { stdout } = await run(path, ['--version'])
  return { path, version: stdout.trim() }
}

export interface PgbenchRun {
  /** Time under load. */
  seconds: number
  /** CPU of pgbench itself, milliseconds. */
  cpuMs: number | null
}

/** Prepare its functions in the database, then let `clients` connections run the scripts for that long. */
export async function runPgbench(
  { path }: Pgbench,
  database: BenchDatabase,
  work: PgbenchWork,
  { clients, seconds, directory }: { clients: number; seconds: number; directory: string },
): Promise<PgbenchRun> {
  await database.query(work.setUp)
  mkdirSync(directory, { recursive: true })
  const files = work.scripts.flatMap(({ name, text, weight }) => {
    const file = join(directory, `${name}.sql`)
    writeFileSync(file, text)
    return ['-f', `${file}@${weight}`]
  })
  const variables = Object.entries(work.variables).flatMap(([name, value]) => ['-D', `${name}=${value}`])
  const settings = ['-n', '-M', 'prepared', '-c', String(clients), '-j', '1', '-T', String(seconds)]
  const before = endedChildrenTime()
  const { stdout } = await run(path, [...settings, ...files, ...variables, database.url], {
    maxBuffer: 16_777_216,
  })
  const after = endedChildrenTime()
  return {
    seconds: duration(stdout),
    cpuMs: before === null || after === null ? null : after - before,
  }
}

/** How long it really ran, without the time for connecting. */
function duration(output: string): number {
  const transactions = Number(/actually processed: (\d+)/.exec(output)?.[1])
  const perSecond = Number(/^tps = ([\d.]+)/m.exec(output)?.[1])
  const failed = Number(/failed transactions: (\d+)/.exec(output)?.[1] ?? 0)
  if (!(transactions > 0) || !(perSecond > 0) || failed > 0)
    throw new Error(`pgbench did not run well:\n${output}`)
  return transactions / perSecond
}
