import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { closingLine, exitCodeOf, sum, tallyRun } from '../../support/test-results.ts'

const folder = mkdtempSync(join(tmpdir(), 'tally-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
})

const report = (...testResults: ReturnType<typeof file>[]) => {
  const path = join(folder, `${randomUUID()}.json`)
  writeFileSync(path, JSON.stringify({ testResults }))
  return path
}

describe('the tally of a run', () => {
  it('counts tests, not files', () => {
    const path = report(file('passed', 'passed', 'passed'), file('failed', 'failed', 'passed', 'failed'))
    expect(tallyRun(path, 1)).toEqual({ passed: 3, failed: 2 })
  })

  it('counts a file that broke before its first test', () => {
    expect(tallyRun(report(file('passed', 'passed'), file('failed')), 1)).toEqual({ passed: 1, failed: 1 })
  })

  it('does not count a skipped test as passed', () => {
    expect(tallyRun(report(file('passed', 'passed', 'skipped')), 0)).toEqual({ passed: 1, failed: 0 })
  })

  it.each([
    ['failed without saying where', report(file('passed', 'passed')), 1, { passed: 1, failed: 1 }],
    ['left no report', join(folder, 'missing.json'), 0, { passed: 0, failed: 1 }],
  ])('distrusts a run that %s', (_, path, exitCode, expected) => {
    expect(tallyRun(path, exitCode)).toEqual(expected)
  })

  it('distrusts a run without tests', () => {
    expect(tallyRun(report(), 0)).toEqual({ passed: 0, failed: 1 })
  })
})

describe('the closing line', () => {
  it('adds up all runs', () => {
    const tally = sum([
      { passed: 2, failed: 0 },
      { passed: 3, failed: 1 },
    ])
    expect(closingLine(tally)).toBe('5 passed, 1 failed')
  })

  it.each([
    [{ passed: 5, failed: 0 }, 0],
    [{ passed: 5, failed: 1 }, 1],
    [{ passed: 0, failed: 0 }, 1],
  ])('%o exits %i', (tally, code) => {
    expect(exitCodeOf(tally)).toBe(code)
  })
})
