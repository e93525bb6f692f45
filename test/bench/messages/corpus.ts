import { hash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createTraffic } from './traffic.ts'
import { stories } from './stories.ts'
import { templateOf, type Template } from './template.ts'

/**
 * Everything that will be sent, made before anything is measured: HTTP requests end to end in one file, and beside them,
 * by index, what the end check has to know. Every run of a measurement sends the same messages to a database of its own.
 */
export interface Corpus {
  /** The requests, one after the other, in the order of sending. */
  file: string
  /** Bytes of each request. */
  lengths: Uint32Array
  /** Number of the payment that each speaks of. */
  payments: Uint32Array
  /** Which step of its story. */
  steps: Uint8Array
  /** Index of the first delivery for a redelivery, else its own. */
  originals: Uint32Array
  /** SHA-256 of each body, 32 bytes each. */
  digests: Buffer
  /** Index of the story of each payment. */
  storyOf: Uint8Array
}

const WRITE_BYTES = 4_194_304

/** Sign `count` messages and write them to a file in `directory`. */
export function makeCorpus(directory: string, count: number, traffic = createTraffic()): Corpus {
  const corpus = emptyCorpus(join(directory, 'requests.bin'), count)
  const templates = stories.map((story) => story.steps.map((step) => templateOf(story, step)))
  const file = openSync(corpus.file, 'w')
  const pending = Buffer.allocUnsafe(WRITE_BYTES + 65_536)
  let used = 0
  for (let index = 0; index < count; index += 1) {
    const { payment, story, step, original } = traffic.next()
    const template = templates[story]?.[step] as Template
    const request = template.request(payment)
    corpus.lengths[index] = request.length
    corpus.payments[index] = payment
    corpus.steps[index] = step
    corpus.originals[index] = original
    corpus.storyOf[payment] = story
    corpus.digests.write(hash('sha256', request.subarray(template.bodyAt), 'hex'), index * 32, 'hex')
    used += request.copy(pending, used)
    if (used >= WRITE_BYTES) {
      writeSync(file, pending, 0, used)
      used = 0
    }
  }
  writeSync(file, pending, 0, used)
  closeSync(file)
  return corpus
}

const emptyCorpus = (file: string, count: number): Corpus => ({
  file,
  lengths: new Uint32Array(count),
  payments: new Uint32Array(count),
  steps: new Uint8Array(count),
  originals: new Uint32Array(count),
  digests: Buffer.alloc(count * 32),
  storyOf: new Uint8Array(count),
})
