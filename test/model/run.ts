import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { kindOf } from './checks.ts'
import type { Fault } from './checks.ts'
import type { Cloud } from './clouds.ts'
import { play } from './play.ts'
import type { Options } from './play.ts'
import { fromSeed } from './random.ts'
import { shrink } from './shrink.ts'
import { scenarioInputs, storyOf } from './story.ts'
import { addTally, emptyTally, tallyText } from './tally.ts'
import type { Failure, Tally } from './tally.ts'

/** The long form: as many worlds as asked for, on several threads. See README.md. */

const { values: given } = parseArgs({
  options: {
    worlds: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    /** Stop after so many failures. */
    failures: { type: 'string', default: '1' },
    /** Hold only these checks against the rules, with commas between. */
    checks: { type: 'string' },
    /** Reasons that excuse nothing, with commas between: to see what they cover. */
    hold: { type: 'string' },
    /** Play this one world again and tell its story. */
    world: { type: 'string' },
    /** Print the inputs of a scenario file too. */
    scenario: { type: 'boolean', default: false },
  },
})

const CHUNK = 500
const [seed, worlds, most] = [Number(given.seed), Number(given.worlds), Number(given.failures)]
const checks = given.checks?.split(',') as Fault['check'][] | undefined
const hold = given.hold?.split(',') as Cloud[] | undefined
const options: Options = { ...(checks && { checks }), ...(hold && { hold }) }

if (given.world === undefined) await playAll()
else tell(Number(given.world))

async function playAll(): Promise<void> {
  const began = performance.now()
  const tally = emptyTally()
  let next = 0
  console.log(`seed ${seed}, ${worlds} worlds, ${given.workers} workers`)
  const busy = Array.from({ length: Number(given.workers) }, async () =>
    keepBusy(tally, () => {
      if (next >= worlds || tally.failures.length >= most) return null
      const range = { seed, from: next, count: Math.min(CHUNK, worlds - next), ...options }
      next += range.count
      return range
    }),
  )
  await Promise.all(busy)
  const seconds = (performance.now() - began) / 1_000
  console.log(tallyText(tally))
  console.log(`${seconds.toFixed(0)} s, ${(tally.worlds / seconds).toFixed(0)} worlds per second`)
  report(tally)
}

type Ranges = () => object | null

async function keepBusy(tally: Tally, nextRange: Ranges): Promise<void> {
  const worker = new Worker(new URL('worker.ts', import.meta.url))
  const ended = new Promise<void>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('message', (more: Tally) => {
      addTally(tally, more)
      for (const failure of more.failures) console.log(`world ${failure.index} fails: ${kindOf(failure)}`)
      if (tally.worlds % 50_000 === 0) console.log(`… ${tally.worlds}, ${tally.failures.length} fail`)
      if (!sendNext(worker, nextRange)) resolve()
    })
  })
  if (sendNext(worker, nextRange)) await ended
  await worker.terminate()
}

function sendNext(worker: Worker, nextRange: Ranges): boolean {
  const range = nextRange()
  if (range !== null) worker.postMessage(range)
  return range !== null
}

function report({ failures }: Tally): void {
  if (failures.length === 0) return
  process.exitCode = 1
  failures.sort((left, right) => left.index - right.index)
  const kinds = [...Map.groupBy(failures, kindOf)].sort(([, left], [, right]) => right.length - left.length)
  console.log(`\n${failures.length} worlds fail:`)
  for (const [kind, alike] of kinds)
    console.log(`  ${alike.length} × ${kind} (first: world ${alike[0]!.index})`)
  for (const [, alike] of kinds.slice(0, most)) tell(alike[0]!.index, alike[0])
}

function tell(index: number, failure?: Failure): void {
  const choices = fromSeed(seed, index)
  const only = failure === undefined ? options : { ...options, checks: [failure.check] }
  const played = play(choices, only)
  console.log(`\nseed ${seed}, world ${index} (npm run model -- --seed ${seed} --world ${index})`)
  const told = played.fault === null ? played : shrink(played, choices.drawn, only).played
  console.log(storyOf(told))
  if (given.scenario) console.log(scenarioInputs(told))
}
