import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { resultOf, startProcess } from '../../support/started-process.ts'
import type { PgbenchWork } from '../reference/pgbench-script.ts'
import type { BenchDatabase } from './postgres.ts'
import { endedChildrenTime } from './usage.ts'

/** PostgreSQL's own load generator: it is not part of the project's binaries. */
export interface Pgbench {
  path: string
  version: string
}

export const PGBENCH_MISSING =
  'pgbench is missing: references A and lean cannot be measured. Install it (apt-get install postgresql-contrib) or leave them out with --without-pgbench.'

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
  return { path, version: (await resultOf(path, ['--version'])).trim() }
}

export interface PgbenchRun {
  /** Scripts that were run, and how many of them a second once warm. */
  scripts: number
  scriptsPerSecond: number
  /** Microseconds of each script once warm, from when it was due; null: they had no times. */
  micros: Uint32Array | null
  /** CPU of pgbench itself, share of a core. */
  cores: number | null
}

/** Create the work's functions in the database, then let `clients` connections run its scripts for that long. */
export async function runPgbench(
  { path }: Pgbench,
  database: BenchDatabase,
  work: PgbenchWork,
  { clients, warmUpSeconds, seconds, directory, perSecond }: PgbenchSettings,
): Promise<PgbenchRun> {
  mkdirSync(directory, { recursive: true })
  const files = work.scripts.flatMap(({ name, text, weight }) => {
    const file = join(directory, `${name}.sql`)
    writeFileSync(file, text)
    return ['-f', `${file}@${weight}`]
  })
  const variables = Object.entries(work.variables).flatMap(([name, value]) => ['-D', `${name}=${value}`])
  // Progress is told every second, of whole seconds.
  const length = Math.ceil(warmUpSeconds) + Math.ceil(seconds) + 1
  const settings = `-n -M prepared -c ${clients} -j 1 -P 1 -T ${length}`.split(' ')
  const log = join(directory, 'log')
  if (perSecond !== null) settings.push('-R', String(perSecond), '-l', `--log-prefix=${log}`)
  const before = endedChildrenTime()
  const { ended, output, pid } = startProcess(path, [...settings, ...files, ...variables, database.url], {
    environment: process.env,
  })
  const code = await ended
  const after = endedChildrenTime()
  return {
    ...readOutput(code, output(), warmUpSeconds),
    micros: perSecond === null ? null : readLog(`${log}.${pid}`, warmUpSeconds),
    cores: before === null || after === null ? null : (after - before) / 1_000 / length,
  }
}

export interface PgbenchSettings {
  clients: number
  /** Not counted: every connection plans its statements first. */
  warmUpSeconds: number
  seconds: number
  directory: string
  /** At random times, so many a second on average; null: as fast as they are answered. */
  perSecond: number | null
}

/** A line per script: client, number, microseconds from when it was due, script, and when it ended. */
function readLog(file: string, warmUpSeconds: number): Uint32Array {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const scripts = lines
    .map((line) => line.split(' ').map(Number))
    .map(([, , micros = 0, , at = 0]) => ({ micros, at }))
  const begin = Math.min(...scripts.map(({ at }) => at))
  return Uint32Array.from(scripts.filter(({ at }) => at - begin > warmUpSeconds).map(({ micros }) => micros))
}

function readOutput(
  code: number | string,
  output: string,
  warmUpSeconds: number,
): Pick<PgbenchRun, 'scripts' | 'scriptsPerSecond'> {
  const scripts = Number(/actually processed: (\d+)/.exec(output)?.[1])
  const failed = Number(/failed transactions: (\d+)/.exec(output)?.[1] ?? 0)
  const progress = [...output.matchAll(/^progress: ([\d.]+) s, ([\d.]+) tps/gm)]
  const warm = progress.filter(([, at]) => Number(at) > warmUpSeconds + 1).map(([, , rate]) => Number(rate))
  if (code !== 0 || !(scripts > 0) || failed > 0 || warm.length === 0) {
    throw new Error(`pgbench did not run well:\n${output}`)
  }
  return { scripts, scriptsPerSecond: warm.reduce((sum, rate) => sum + rate, 0) / warm.length }
}
