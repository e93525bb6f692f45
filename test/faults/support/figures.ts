import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SEED } from '../../support/form.ts'
import type { Audit } from './audit.ts'

/** What one file of fault tests has counted; `npm run faults` adds them up. */
export interface Figures {
  name: string
  seed: number
  /** Faults by kind. */
  faults: Record<string, number>
  /** From a fault (or its end, where it lasts) to the next acknowledgement, milliseconds. */
  recoveriesMs: number[]
  messages: number
  deliveries: number
  events: number
  lost: number
  doubled: number
  differing: number
}

export const createFigures = (name: string): Figures => ({
  name,
  seed: SEED,
  faults: {},
  recoveriesMs: [],
  messages: 0,
  deliveries: 0,
  events: 0,
  lost: 0,
  doubled: 0,
  differing: 0,
})

export function countFault(figures: Figures, kind: string, recoveryMs: number): void {
  figures.faults[kind] = (figures.faults[kind] ?? 0) + 1
  figures.recoveriesMs.push(Math.round(recoveryMs))
}

export function countAudit(figures: Figures, { lost, doubled, differing, ...counted }: Audit): void {
  figures.messages += counted.messages
  figures.deliveries += counted.deliveries
  figures.events += counted.events
  figures.lost += lost.length
  figures.doubled += doubled.length
  figures.differing += differing.length
}

/** Where `npm run faults` collects them; nowhere in `npm test`. */
export function keepFigures(figures: Figures): void {
  const directory = process.env['FAULTS_FIGURES']
  if (directory) writeFileSync(join(directory, `${figures.name}.json`), JSON.stringify(figures))
}
