import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { LONG_ONLY, needing, type LeftOut } from '../../support/form.ts'
import { closingLines, exitCodeOf, NOTHING, sum, tallyRun } from '../../support/test-results.ts'

const folder = mkdtempSync(join(tmpdir(), 'tally-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** A test as vitest reports it: its name, its status, and what its options say of its omission. */
const test = (status: string, leftOut?: LeftOut) => ({
  status,
  fullName: `a ${status} test`,
  meta: leftOut ? { leftOut } : {},
})

const file = (status: string, ...tests: (string | ReturnType<typeof test>)[]) => ({
  status,
  assertionResults: tests.map((one) => (typeof one === 'string' ? test(one) : one)),
})

const report = (...testResults: ReturnType<typeof file>[]) => {
  const path = join(folder, `${randomUUID()}.json`)
  writeFileSync(path, JSON.stringify({ testResults }))
  return path
}

const AT_HOME = { ci: false }
const IN_CI = { ci: true }

describe('the tally of a run', () => {
  it('counts tests, not files', () => {
    const path = report(file('passed', 'passed', 'passed'), file('failed', 'failed', 'passed', 'failed'))
    expect(tallyRun(path, 1, AT_HOME)).toEqual({ passed: 3, failed: 2, leftOut: {} })
  })

  it('counts a file that broke before its first test', () => {
    const path = report(file('passed', 'passed'), file('failed'))
    expect(tallyRun(path, 1, AT_HOME)).toEqual({ passed: 1, failed: 1, leftOut: {} })
  })

  it.each([
    ['failed without saying where', report(file('passed', 'passed')), 1, { passed: 1, failed: 1 }],
    ['left no report', join(folder, 'missing.json'), 0, { passed: 0, failed: 1 }],
  ])('distrusts a run that %s', (_, path, exitCode, expected) => {
    expect(tallyRun(path, exitCode, AT_HOME)).toMatchObject(expected)
  })

  it('distrusts a run without tests', () => {
    expect(tallyRun(report(), 0, AT_HOME)).toMatchObject({ passed: 0, failed: 1 })
  })
})

describe('a test that did not run', () => {
  const longOnly = test('skipped', LONG_ONLY.meta.leftOut)
  const needsPhp = test('skipped', needing('php', false).meta.leftOut)

  it('is named with its reason when only the long form runs it, in continuous integration too', () => {
    for (const surroundings of [AT_HOME, IN_CI]) {
      expect(tallyRun(report(file('passed', 'passed', longOnly)), 0, surroundings)).toEqual({
        passed: 1,
        failed: 0,
        leftOut: { 'which npm run test:long runs': ['a skipped test'] },
      })
    }
  })

  it('is named with what the machine lacks, which continuous integration must not lack', () => {
    const path = report(file('passed', 'passed', needsPhp))
    const leftOut = { 'for want of php': ['a skipped test'] }
    expect(tallyRun(path, 0, AT_HOME)).toEqual({ passed: 1, failed: 0, leftOut })
    expect(tallyRun(path, 0, IN_CI)).toEqual({ passed: 1, failed: 1, leftOut })
  })

  it('is named with what the machine does not let it do', () => {
    const path = report(file('passed', 'passed', test('skipped', { forbidden: 'mounts' })))
    expect(tallyRun(path, 0, IN_CI)).toMatchObject({
      failed: 0,
      leftOut: { 'as this machine forbids mounts': ['a skipped test'] },
    })
  })

  it.each(['skipped', 'todo', 'pending', 'disabled'])(
    'fails the run when it is %s for no reason',
    (status) => {
      expect(tallyRun(report(file('passed', 'passed', status)), 0, AT_HOME)).toEqual({
        passed: 1,
        failed: 1,
        leftOut: { 'FAILED: skipped without a reason': [`a ${status} test`] },
      })
    },
  )

  it('is no omission where it stands behind what broke its file', () => {
    expect(tallyRun(report(file('failed', 'passed', 'skipped')), 1, AT_HOME)).toEqual({
      passed: 1,
      failed: 1,
      leftOut: {},
    })
  })

  it('has a reason only when it did not run', () => {
    const path = report(file('passed', test('passed', { missing: 'php' })))
    expect(tallyRun(path, 0, IN_CI)).toEqual({ passed: 1, failed: 0, leftOut: {} })
  })
})

describe('the end of a run', () => {
  it('adds up all runs', () => {
    const tally = sum([
      { passed: 2, failed: 0, leftOut: {} },
      { passed: 3, failed: 1, leftOut: {} },
    ])
    expect(closingLines(tally)).toBe('5 passed, 1 failed, none left out')
  })

  it('names every test that was left out, and counts them by reason in its last line', () => {
    const tally = sum([
      { passed: 2, failed: 0, leftOut: { 'which npm run test:long runs': ['a', 'b'] } },
      { passed: 3, failed: 0, leftOut: { 'which npm run test:long runs': ['c'], 'for want of php': ['d'] } },
    ])
    expect(closingLines(tally).split('\n')).toEqual([
      'Left out, which npm run test:long runs:',
      '  a',
      '  b',
      '  c',
      'Left out, for want of php:',
      '  d',
      '',
      '5 passed, 0 failed; left out of this run: 3 which npm run test:long runs; 1 for want of php',
    ])
  })

  it.each([
    [{ ...NOTHING, passed: 5 }, 0],
    [{ ...NOTHING, passed: 5, failed: 1 }, 1],
    [NOTHING, 1],
  ])('%o exits %i', (tally, code) => {
    expect(exitCodeOf(tally)).toBe(code)
  })
})
