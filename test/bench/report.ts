import type { Machine } from './machine.ts'
import type { Measured, Ratio, Table } from './measurements/side-by-side.ts'
import type { Run } from './measurements/run.ts'
import { median } from './statistics.ts'

/** What is printed in the end, and written with --json. */
export interface Report {
  machine: Machine
  pgbench: string
  options: object
  summaries: Summary[]
  measured: Measured[]
}

/** One contender over all rounds. */
export interface Summary {
  measurement: string
  contender: string
  perSecond: Spread
  /** Of the first contender's rate to this one's, round by round; null for itself. */
  ratio: Spread | null
  figures: Record<string, number | null>
}

interface Spread {
  median: number
  min: number
  max: number
}

export function summarize({ name, rounds }: Measured): Summary[] {
  const contenders = (rounds[0] ?? []).map(({ contender }) => contender)
  return contenders.map((contender, index) => {
    const runs = rounds.flatMap((round) => round[index] ?? [])
    const ratios = rounds.map((round) => (round[0]?.perSecond ?? NaN) / (round[index]?.perSecond ?? NaN))
    return {
      measurement: name,
      contender,
      perSecond: spread(runs.map((run) => run.perSecond)),
      ratio: index === 0 ? null : spread(ratios),
      figures: {
        ...Object.fromEntries(
          Object.entries(FIGURES).map(([figure, read]) => [figure, medianOf(runs.map(read))]),
        ),
        ...extraFigures(runs),
      },
    }
  })
}

/** What is shown beside the rates; medians over the rounds. */
const FIGURES: Readonly<Record<string, (run: Run) => number | null>> = {
  'ack p50 ms': ({ acknowledge }) => acknowledge?.p50 ?? null,
  'ack p99 ms': ({ acknowledge }) => acknowledge?.p99 ?? null,
  'ack p99.9 ms': ({ acknowledge }) => acknowledge?.p999 ?? null,
  'lag p50 ms': ({ lag }) => lag?.p50 ?? null,
  'lag p99 ms': ({ lag }) => lag?.p99 ?? null,
  'node µs each': (run) => perMessage(run, run.cores.service),
  'postgres µs each': (run) => perMessage(run, run.cores.postgres),
  'client µs each': (run) => perMessage(run, run.cores.client),
  'node cores': ({ cores }) => cores.service,
  'postgres cores': ({ cores }) => cores.postgres,
  'other processes, cores': ({ cores }) => cores.others,
  'peak RSS MiB': ({ memory }) => memory,
  'WAL bytes each': ({ wal }) => wal,
}

function extraFigures(runs: readonly Run[]): Record<string, number | null> {
  const names = Object.keys(runs[0]?.extra ?? {})
  return Object.fromEntries(
    names.map((name) => [name, medianOf(runs.map(({ extra }) => extra[name] ?? null))]),
  )
}

/** CPU time for one notification: hardly moved by what else the machine does. */
export const perMessage = ({ perSecond }: Run, cores: number | null): number | null =>
  cores === null || cores === 0 ? null : (cores * 1_000_000) / perSecond

function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : median(known)
}

const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
})

export function problemsOf(measured: readonly Measured[]): string[] {
  return measured.flatMap(({ name, rounds, problems: own = [] }) => [
    ...rounds.flatMap((round, index) =>
      round.flatMap(({ contender, problems }) =>
        problems.map((problem) => `${name}, round ${index + 1}, ${contender}: ${problem}`),
      ),
    ),
    ...own.map((problem) => `${name}: ${problem}`),
  ])
}

/** Above this much of a core taken by others a run is marked. */
const OTHERS_MAX = 0.15

export function formatReport({ machine, pgbench, summaries, measured }: Report): string {
  const lines = ['', listed({ ...machine, pgbench })]
  for (const { name, what, settings, tables = [] } of measured) {
    lines.push('', `${name}: ${what}`)
    if (Object.keys(settings).length > 0) lines.push(`  PostgreSQL: ${listed(settings)}`)
    for (const summary of summaries.filter(({ measurement }) => measurement === name))
      lines.push(...formatSummary(summary))
    for (const table of tables) lines.push(...formatTable(table))
  }
  const ratios = measured.flatMap(({ ratios: own = [] }) => own)
  if (ratios.length > 0) lines.push('', ...formatTable(ratioTable(ratios)))
  return lines.join('\n')
}

/** Everything that is a ratio or stands for itself, in one place. */
const ratioTable = (ratios: readonly Ratio[]): Table => ({
  title: 'ratios, medians of the rounds and their range',
  rows: ratios.map(({ what, aim, values }) => {
    const known = values.filter((value) => value !== null)
    return { what, aim, measured: known.length === 0 ? null : range(spread(known), 2) }
  }),
})

function formatTable({ title, rows }: Table): string[] {
  const cells = rows.map((row) =>
    Object.values(row).map((value) => (typeof value === 'number' ? formatNumber(value) : (value ?? '-'))),
  )
  const all = [Object.keys(rows[0] ?? {}), ...cells]
  const widths = (all[0] ?? []).map((_, at) => Math.max(...all.map((line) => line[at]?.length ?? 0)))
  return [
    `  ${title}`,
    ...all.map((line) => `    ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd()),
  ]
}

const formatNumber = (value: number): string => value.toFixed(Number.isInteger(value) ? 0 : 2)

function formatSummary({ contender, perSecond, ratio, figures }: Summary): string[] {
  const others = figures['other processes, cores'] ?? 0
  return [
    `  ${contender.padEnd(40)} ${range(perSecond, 0)} /s${ratio ? `   the first: × ${range(ratio, 2)}` : ''}`,
    `    ${Object.entries(figures)
      .flatMap(([name, value]) => (value === null ? [] : [`${name} ${value.toFixed(value < 10 ? 2 : 0)}`]))
      .join(' · ')}`,
    ...(others > OTHERS_MAX ? ['    other processes were busy: this is no figure to quote'] : []),
  ]
}

const listed = (facts: object): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(' · ')

const range = ({ median: middle, min, max }: Spread, digits: number): string =>
  `${middle.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`
