import type { DiscrepancyClass } from '../../src/domain/reconciliation/discrepancy-classes.ts'
import type { Fault } from './checks.ts'
import { count, play } from './play.ts'
import type { Clouded, Options, Played } from './play.ts'
import { fromSeed } from './random.ts'

/** What a number of worlds came to. */
export interface Tally {
  worlds: number
  messages: number
  /** Answers that nothing told could decide, by check and reason. */
  clouded: Clouded
  yes: Answers
  withheld: Answers
  /** Why a retry was withheld that is safe by all that is told. */
  reasons: Record<string, number>
  explained: Partial<Record<DiscrepancyClass, number>>
  failures: Failure[]
}

type Answers = Record<'safe' | 'paid' | 'matched', number>

export interface Failure {
  index: number
  check: Fault['check']
  text: string
}

export interface Range extends Options {
  seed: number
  from: number
  count: number
}

export function emptyTally(): Tally {
  return {
    worlds: 0,
    messages: 0,
    clouded: {},
    yes: { safe: 0, paid: 0, matched: 0 },
    withheld: { safe: 0, paid: 0, matched: 0 },
    reasons: {},
    explained: {},
    failures: [],
  }
}

export function tallyOf({ seed, from, count, ...options }: Range): Tally {
  const tally = emptyTally()
  for (let index = from; index < from + count; index += 1)
    addWorld(tally, index, play(fromSeed(seed, index), options))
  return tally
}

function addWorld(tally: Tally, index: number, { world, fault, clouded, verdict }: Played): void {
  tally.worlds += 1
  tally.messages += world.arrivals.length
  addCounts(tally.clouded, clouded)
  if (fault !== null) tally.failures.push({ index, check: fault.check, text: fault.text })
  if (verdict === null) return
  addAnswers(tally.yes, verdict.yes)
  addAnswers(tally.withheld, verdict.withheld)
  for (const reason of verdict.withheld.reasons) count(tally.reasons, reason)
  for (const found of verdict.explained) tally.explained[found] = (tally.explained[found] ?? 0) + 1
}

export function addTally(tally: Tally, more: Tally): void {
  tally.worlds += more.worlds
  tally.messages += more.messages
  addCounts(tally.clouded, more.clouded)
  addAnswers(tally.yes, more.yes)
  addAnswers(tally.withheld, more.withheld)
  addCounts(tally.reasons, more.reasons)
  for (const [found, count] of Object.entries(more.explained) as [DiscrepancyClass, number][])
    tally.explained[found] = (tally.explained[found] ?? 0) + count
  tally.failures.push(...more.failures)
}

function addCounts(to: Clouded, more: Clouded): void {
  for (const [name, by] of Object.entries(more)) count(to, name, by)
}

function addAnswers(to: Answers, more: Answers): void {
  to.safe += more.safe
  to.paid += more.paid
  to.matched += more.matched
}

export function tallyText({ worlds, messages, clouded, yes, withheld, reasons, explained }: Tally): string {
  const share = (of: keyof Answers): string => {
    const percent = yes[of] === 0 ? 0 : (100 * withheld[of]) / yes[of]
    return `${of} ${withheld[of]} of ${yes[of]} (${percent.toFixed(1)} %)`
  }
  return [
    `${worlds} worlds, ${(messages / Math.max(1, worlds)).toFixed(1)} messages each`,
    `yes withheld at the end: ${share('safe')}, ${share('matched')}`,
    `a safe retry was withheld for ${listed(reasons)}`,
    `answers that nothing told could decide, not counted as a fault: ${cloudedText(clouded)}`,
    `open discrepancies that the truth explains: ${listed(explained)}`,
  ].join('\n')
}

function listed(counts: Record<string, number>): string {
  return (
    Object.entries(counts)
      .map(([name, times]) => `${name} ${times}`)
      .join(', ') || 'none'
  )
}

function cloudedText(clouded: Clouded): string {
  const sorted = Object.entries(clouded).sort(([, left], [, right]) => right - left)
  const total = sorted.reduce((sum, [, times]) => sum + times, 0)
  return [total, ...sorted.map(([name, times]) => `  ${String(times).padStart(6)}  ${name}`)].join('\n')
}
