import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closingLine, exitCodeOf, sum, tallyRun, type Tally } from './test-results.ts'

const CHECKS = ['types', 'lint', 'format', 'architecture']

const project = (name: string, ...more: string[]) => ['vitest', 'run', '--project', name, ...more]
/** Commands by tier. The domain's own tests must reach every branch of it: they run once, and under that condition. */
const TIERS: Readonly<Record<string, readonly string[]>> = {
  domain: ['npm', 'run', '--silent', 'check:coverage', '--'],
  unit: project('unit', '--exclude', 'test/unit/domain/**'),
  integration: project('integration'),
  e2e: project('e2e'),
  // Most of their time they wait: for a process to come back, for a time-out to pass.
  faults: project('faults', '--maxWorkers', '3'),
}

const reports = mkdtempSync(join(tmpdir(), 'test-results-'))

/** Run a command in the foreground; a signal or a missing program is a failure like any other. */
function run(command: string, args: readonly string[]): number {
  console.log(`\n> ${[command, ...args].join(' ')}`)
  return spawnSync(command, args, { stdio: 'inherit' }).status ?? 1
}

function runCheck(name: string): Tally {
  // A check is no test: it can spoil the result, but not make it look better.
  return { passed: 0, failed: run('npm', ['run', '--silent', `check:${name}`]) === 0 ? 0 : 1 }
}

function runTier([name, [command = '', ...args]]: [string, readonly string[]]): Tally {
  const report = join(reports, `${name}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  return tallyRun(report, run(command, [...args, ...reporters]))
}

// Everything runs even after a failure: one run shows all that is wrong. Tiers run one after the other, because
// the end-to-end tier measures a process and must not share the machine.
const tally = sum([...CHECKS.map(runCheck), ...Object.entries(TIERS).map(runTier)])
rmSync(reports, { recursive: true })
console.log(`\n${closingLine(tally)}`)
process.exitCode = exitCodeOf(tally)
