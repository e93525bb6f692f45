import { parentPort } from 'node:worker_threads'
import { tallyOf } from './tally.ts'
import type { Range } from './tally.ts'

/** Plays the worlds that it is told to, range by range. */
parentPort?.on('message', (range: Range) => {
  parentPort?.postMessage(tallyOf(range))
})
