import { writeFileSync } from 'node:fs'
import { stopServers, withBench, type Bench } from './bench.ts'
import { describeMachine } from './machine.ts'
import { measureForgeries } from './measurements/forgeries.ts'
import { measureGrowth } from './measurements/growth.ts'
import { measureHeldSnapshot } from './measurements/held-snapshot.ts'
import { measureHotSets } from './measurements/hot-sets.ts'
import { measureLatency } from './measurements/latency.ts'
import { measureMemory } from './measurements/memory.ts'
import { measureReadingXml } from './measurements/reading-xml.ts'
import { measurePaced } from './measurements/paced.ts'
import { measureRatios } from './measurements/ratios.ts'
import { measureRepetitions } from './measurements/repetitions.ts'
import { measureRoles, measureWorkers } from './measurements/roles.ts'
import { measureAccept, measurePipeline, type Measured } from './measurements/side-by-side.ts'
import { measureScrubbing } from './measurements/scrubbing.ts'
import { measureSignatureTiming } from './measurements/signature-timing.ts'
import { measureWriting } from './measurements/writing.ts'
import { readOptions, type MeasurementName, type Options } from './options.ts'
import { endChildren, isInterrupted } from './parts/children.ts'
import { findPgbench, PGBENCH_MISSING } from './parts/pgbench.ts'
import { formatReport, problemsOf, summarize, type Report } from './report.ts'

/** `npm run bench`: messages → client → service, references and PostgreSQL → check → report. README.md says how to read it. */

const tell = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

async function main(options: Options): Promise<number> {
  const pgbench = options.withoutPgbench ? null : await findPgbench()
  const isMissing = pgbench === null && !options.withoutPgbench && options.only.some(needsPgbench)
  if (isMissing) tell(PGBENCH_MISSING)
  const machine = describeMachine()
  const measured = await withBench(options, { pgbench, tell }, measureAll)
  const report: Report = {
    machine,
    pgbench: pgbench?.version ?? 'none',
    options,
    summaries: measured.flatMap(summarize),
    measured,
  }
  process.stdout.write(`${formatReport(report)}\n`)
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(report, null, 2))
  const problems = problemsOf(measured)
  for (const problem of problems) tell(`WRONG: ${problem}`)
  if (isMissing) tell(PGBENCH_MISSING)
  return problems.length > 0 || isMissing ? 1 : 0
}

const WITH_PGBENCH: readonly MeasurementName[] = ['accept', 'pipeline', 'ratios', 'paced']
const needsPgbench = (name: MeasurementName): boolean => WITH_PGBENCH.includes(name)

async function measureAll(bench: Bench): Promise<Measured[]> {
  const measured: Measured[] = []
  const named = (name: MeasurementName): Measured | undefined => measured.find((one) => one.name === name)
  for (const name of bench.options.only) measured.push(await measure[name](bench, named))
  return measured
}

const measure: Readonly<
  Record<
    MeasurementName,
    (bench: Bench, named: (name: MeasurementName) => Measured | undefined) => Promise<Measured>
  >
> = {
  accept: measureAccept,
  pipeline: measurePipeline,
  roles: measureRoles,
  workers: measureWorkers,
  memory: measureMemory,
  growth: measureGrowth,
  writing: measureWriting,
  'signature-timing': measureSignatureTiming,
  'reading-xml': measureReadingXml,
  scrubbing: measureScrubbing,
  ratios: measureRatios,
  paced: measurePaced,
  'hot-sets': measureHotSets,
  'held-snapshot': measureHeldSnapshot,
  repetitions: measureRepetitions,
  latency: async (bench, named) => measureLatency(bench, named('pipeline')),
  forgeries: async (bench, named) => measureForgeries(bench, named('pipeline')),
}

/** What runs is ended, so that all that waits for it fails and cleans up behind itself. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    endChildren()
    void stopServers()
  })
}

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)))
} catch (error) {
  process.exitCode = 1
  if (isInterrupted()) tell('interrupted')
  else console.error(error)
}
