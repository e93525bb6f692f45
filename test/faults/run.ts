import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProcess } from '../support/started-process.ts'
import type { Figures } from './support/figures.ts'

/** `npm run faults`: the long form of every fault test, and what it counted, as a table and in `.data/faults.json`. */

const OUTPUT = join('.data', 'faults.json')

const directory = mkdtempSync(join(tmpdir(), 'receiver-figures-'))
const startedAt = performance.now()
const { ended } = startProcess('vitest', ['run', '--project', 'faults', ...process.argv.slice(2)], {
  printed: 'shown',
  environment: { ...process.env, TEST_FORM: 'long', FAULTS_FIGURES: directory },
})
const status = await ended
const files = readdirSync(directory).map(
  (name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as Figures,
)
rmSync(directory, { recursive: true })

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

function rowOf({ name, faults, recoveriesMs, ...counted }: Figures) {
  const sorted = recoveriesMs.toSorted((left, right) => left - right)
  return {
    name,
    faults: sum(Object.values(faults)),
    messages: counted.messages,
    deliveries: counted.deliveries,
    lost: counted.lost,
    doubled: counted.doubled,
    differing: counted.differing,
    'recovery median ms': sorted[Math.floor(sorted.length / 2)] ?? null,
    'recovery worst ms': sorted.at(-1) ?? null,
  }
}

const passed = status === 0 && files.length > 0
console.table(files.map(rowOf))
mkdirSync('.data', { recursive: true })
writeFileSync(
  OUTPUT,
  JSON.stringify({ passed, seconds: Math.round((performance.now() - startedAt) / 1_000), files }, null, 2),
)
console.log(`${passed ? 'passed' : 'FAILED'}; figures in ${OUTPUT}`)
process.exitCode = passed ? 0 : 1
