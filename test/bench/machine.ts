import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type as system } from 'node:os'

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
}

export function describeMachine(): Machine {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const all = cpus()
  return {
    cores: all.length,
    cpu: all[0]?.model.trim() ?? 'unknown',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${system()} ${release()}`,
    node: process.version,
    package: (JSON.parse(text) as { version: string }).version,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}
