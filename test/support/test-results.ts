import { readFileSync } from 'node:fs'

/** What a run came to. Whatever is not a passed test and not a deliberate skip is a failure. */
export interface Tally {
  passed: number
  failed: number
}

/** The part of vitest's JSON report that is read here. */
interface VitestReport {
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

/**
 * Count one vitest run from its JSON report. A file that broke before its first test counts as one failure; so
 * does a run that failed without saying where (an unhandled rejection), left no report, or held no passing test.
 */
export function tallyRun(reportPath: string, exitCode: number): Tally {
  const tally = sum(readReport(reportPath).testResults.map(tallyFile))
  const silentFailure = tally.failed === 0 && (exitCode !== 0 || tally.passed === 0)
  return silentFailure ? { ...tally, failed: 1 } : tally
}

/** Add up the tallies of several runs. */
export const sum = (tallies: readonly Tally[]): Tally => ({
  passed: tallies.reduce((total, { passed }) => total + passed, 0),
  failed: tallies.reduce((total, { failed }) => total + failed, 0),
})

/** The closing line of `npm test`. */
export const closingLine = ({ passed, failed }: Tally): string => `${passed} passed, ${failed} failed`

/** Exit code of the whole run: green needs at least one passed test and no failure. */
export const exitCodeOf = ({ passed, failed }: Tally): 0 | 1 => (passed > 0 && failed === 0 ? 0 : 1)

function readReport(path: string): VitestReport {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as VitestReport
  } catch {
    return { testResults: [] }
  }
}

function tallyFile({ status, assertionResults }: VitestReport['testResults'][number]): Tally {
  const count = (wanted: string) => assertionResults.filter((result) => result.status === wanted).length
  const failed = count('failed')
  return { passed: count('passed'), failed: status === 'failed' ? Math.max(failed, 1) : failed }
}
