import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type as system } from 'node:os'
import { percentile } from './statistics.ts'

/** Where figures were taken: without it they mean nothing. */
export interface Machine {
  cores: number
  cpu: string
  memoryGib: number
  system: string
  node: string
  package: string
  /** Load of the minute before. */
  load: number
  /** How late a thread that sleeps a moment wakes, milliseconds: an acknowledgement is several wakings in a row. */
  wakesLateP50Ms: number
  wakesLateP99Ms: number
}

export function describeMachine(): Machine {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const all = cpus()
  const late = lateWakings()
  return {
    cores: all.length,
    cpu: all[0]?.model.trim() ?? 'unknown',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${system()} ${release()}`,
    node: process.version,
    package: (JSON.parse(text) as { version: string }).version,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    wakesLateP50Ms: round(percentile(late, 0.5)),
    wakesLateP99Ms: round(percentile(late, 0.99)),
  }
}

const round = (ms: number): number => Math.round(ms * 100) / 100

const SLEEP_MS = 2.5
const SLEEPS = 1_000

/** Sorted. Timers of the event loop are rounded to milliseconds; a waiting thread is not. */
function lateWakings(): Float64Array {
  const neverWoken = new Int32Array(new SharedArrayBuffer(4))
  const late = new Float64Array(SLEEPS)
  for (let index = 0; index < SLEEPS; index += 1) {
    const begin = performance.now()
    Atomics.wait(neverWoken, 0, 0, SLEEP_MS)
    late[index] = performance.now() - begin - SLEEP_MS
  }
  return late.sort()
}
