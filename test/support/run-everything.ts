import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jobsOf, RUNNERS, SHORTENED, type Job } from './jobs.ts'
import { startProcess } from './started-process.ts'
import { closingLines, exitCodeOf, NOTHING, sum, tallyRun, type Tally } from './test-results.ts'

/**
 * `npm test`, and `npm run test:long` with `--long`. Everything runs even after a failure: one run shows all that is
 * wrong. Two jobs of a stage run at a time, the stages one after the other.
 */

const folder = mkdtempSync(join(tmpdir(), 'test-results-'))
const surroundings = { ci: process.env['CI'] !== undefined }

async function run(job: Job): Promise<Tally> {
  const report = join(folder, `${job.name}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const startedAt = performance.now()
  const { exitCode, output } = await runToEnd(job, job.isTest ? reporters : [])
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  console.log(`\n> ${job.command.join(' ')}\n${output}\n${job.name}: ${seconds} s, exit code ${exitCode}`)
  // A check is no test: it can spoil the result, but not make it look better.
  return job.isTest
    ? tallyRun(report, exitCode, surroundings)
    : { ...NOTHING, failed: exitCode === 0 ? 0 : 1 }
}

/** What several print at once comes out one after the other. A signal or a missing program is a failure like any other. */
async function runToEnd({ command, environment }: Job, more: readonly string[]) {
  const [program = '', ...args] = [...command, ...more]
  const { ended, output } = startProcess(program, args, {
    // Hundreds of processes load the same code; what the first of them compiles serves the others.
    environment: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled'), ...environment },
  })
  return { exitCode: await ended, output: output().trimEnd() }
}

async function runStage(jobs: readonly Job[]): Promise<Tally> {
  const waiting = [...jobs]
  const tallies: Tally[] = []
  const runner = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift()) tallies.push(await run(job))
  }
  await Promise.all(Array.from({ length: RUNNERS }, runner))
  return sum(tallies)
}

const form = process.argv.includes('--long') ? 'long' : 'short'
const tallies: Tally[] = []
for (const jobs of jobsOf(form)) tallies.push(await runStage(jobs))
rmSync(folder, { recursive: true })
const tally = sum(tallies)
if (form === 'short') console.log(`\n${SHORTENED}`)
console.log(`\n${closingLines(tally)}`)
process.exitCode = exitCodeOf(tally)
