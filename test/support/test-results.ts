import { readFileSync } from 'node:fs'
import type { LeftOut } from './form.ts'

/** What a run came to. Whatever is not a passed test and not a declared omission is a failure. */
export interface Tally {
  passed: number
  failed: number
  /** Tests that did not run, by the reason. */
  leftOut: Readonly<Record<string, readonly string[]>>
}

/** Where a run was made; it decides which omission is a failure. */
export interface Surroundings {
  /** Continuous integration installs the programs that tests need, so there none may be missing. */
  ci: boolean
}

/** Reasons as the closing line states them. */
export const LONG_ONLY_REASON = 'which npm run test:long runs'
const UNDECLARED_REASON = 'FAILED: skipped without a reason'

interface TestReport {
  status: string
  fullName: string
  meta?: { leftOut?: LeftOut }
}

/** The part of vitest's JSON report that is read here. */
interface FileReport {
  status: string
  assertionResults: TestReport[]
}

export const NOTHING: Tally = { passed: 0, failed: 0, leftOut: {} }

/**
 * Count one vitest run from its JSON report. A file that broke before its first test counts as one failure; so
 * does a run that failed without saying where (an unhandled rejection), left no report, or held no passing test.
 */
export function tallyRun(reportPath: string, exitCode: number | string, surroundings: Surroundings): Tally {
  const tally = sum(readReport(reportPath).map((file) => tallyFile(file, surroundings)))
  const silentFailure = tally.failed === 0 && (exitCode !== 0 || tally.passed === 0)
  return silentFailure ? { ...tally, failed: 1 } : tally
}

/** Add up the tallies of several runs. */
export function sum(tallies: readonly Tally[]): Tally {
  const omissions = tallies.flatMap(({ leftOut }) => Object.entries(leftOut))
  const byReason = Map.groupBy(omissions, ([reason]) => reason)
  return {
    passed: tallies.reduce((total, { passed }) => total + passed, 0),
    failed: tallies.reduce((total, { failed }) => total + failed, 0),
    leftOut: Object.fromEntries(
      [...byReason].map(([reason, parts]) => [reason, parts.flatMap(([, names]) => names)]),
    ),
  }
}

/** The end of every run: what was left out, by name and reason, and how many passed and failed. */
export function closingLines({ passed, failed, leftOut }: Tally): string {
  const counted = `${passed} passed, ${failed} failed`
  const reasons = Object.entries(leftOut)
  if (reasons.length === 0) return `${counted}, none left out`
  const named = reasons.map(([reason, names]) =>
    [`Left out, ${reason}:`, ...names.map((name) => `  ${name}`)].join('\n'),
  )
  const short = reasons.map(([reason, names]) => `${names.length} ${reason}`)
  return `${named.join('\n')}\n\n${counted}; left out of this run: ${short.join('; ')}`
}

/** Exit code of the whole run: green needs at least one passed test and no failure. */
export const exitCodeOf = ({ passed, failed }: Tally): 0 | 1 => (passed > 0 && failed === 0 ? 0 : 1)

function readReport(path: string): FileReport[] {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { testResults: FileReport[] }).testResults
  } catch {
    return []
  }
}

function tallyFile({ status, assertionResults }: FileReport, surroundings: Surroundings): Tally {
  const passed = assertionResults.filter((test) => test.status === 'passed').length
  const failed = assertionResults.filter((test) => test.status === 'failed').length
  // Where a file broke, the tests behind the break were skipped by it and not by themselves.
  if (status === 'failed') return { ...NOTHING, passed, failed: Math.max(failed, 1) }
  const omitted = assertionResults.filter((test) => test.status !== 'passed').map(omissionOf)
  const forbidden = omitted.filter(({ kind }) => isForbidden(kind, surroundings))
  const byReason = Map.groupBy(omitted, ({ reason }) => reason)
  return {
    passed,
    failed: forbidden.length,
    leftOut: Object.fromEntries(
      [...byReason].map(([reason, tests]) => [reason, tests.map(({ name }) => name)]),
    ),
  }
}

interface Omission {
  name: string
  kind: 'long' | 'missing' | 'forbidden' | 'undeclared'
  reason: string
}

function omissionOf({ fullName: name, meta: { leftOut = {} } = {} }: TestReport): Omission {
  const { longOnly, missing, forbidden } = leftOut
  if (longOnly) return { name, kind: 'long', reason: LONG_ONLY_REASON }
  if (missing !== undefined) return { name, kind: 'missing', reason: `for want of ${missing}` }
  if (forbidden !== undefined)
    return { name, kind: 'forbidden', reason: `as this machine forbids ${forbidden}` }
  return { name, kind: 'undeclared', reason: UNDECLARED_REASON }
}

const isForbidden = (kind: Omission['kind'], { ci }: Surroundings): boolean =>
  kind === 'undeclared' || (kind === 'missing' && ci)
