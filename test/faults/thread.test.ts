import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LONG_ONLY, SEED } from '../support/form.ts'
import { randomFrom } from '../support/orderings.ts'
import type { Sender } from '../support/sender.ts'
import { until } from '../support/until.ts'
import { API_KEY } from './support/accounts.ts'
import { countFault, createFigures, keepFigures } from './support/figures.ts'
import type { Failpoint } from './support/remote-control.ts'
import { isReady, type Place, type ServiceProcess } from './support/service-process.ts'
import { createStage, type Stage } from './support/stage.ts'

/**
 * The processing thread ends and the process lives on: what the thread had in hand is taken up by the next one, once, and
 * receipt goes on meanwhile.
 */

const figures = createFigures('thread')
const random = randomFrom(SEED)
let stage: Stage
let place: Place
let service: ServiceProcess
let sender: Sender
let ended = 0

beforeAll(async () => {
  stage = await createStage()
  place = await stage.place()
  service = await stage.start(place)
  sender = stage.send({ route: () => [place.url] })
})
afterAll(async () => {
  keepFigures(figures)
  await stage.close()
})

type Step = Omit<Failpoint, 'pass' | 'ends'>

async function endThread(step: Step): Promise<void> {
  await sender.acknowledged(20)
  service.forgetOutput()
  await service.arm({ ...step, ends: 'thread', pass: Math.floor(random() * 4) })
  await until(() => service.output().includes('the processing thread ended'), {
    what: () => `the thread ends at ${step.statement}: ${service.output()}`,
  })
  ended += 1
  const endedAt = performance.now()
  // Nothing is processed for a second at least, and receipt does not wait for it.
  await sender.acknowledged(20)
  expect(await isReady(place.url)).toBe(true)
  await stage.expectNothingLost()
  await stage.caughtUp()
  countFault(figures, 'end of the thread', performance.now() - endedAt)
}

/** What the thread has done when it ends. */
const STEPS: [string, Step][] = [
  ['messages are handed over and not claimed', { statement: 'claim_handed_messages', moment: 'before' }],
  ['a batch is claimed', { statement: 'claim_handed_messages', moment: 'after' }],
  ['the commit is on its way', { statement: 'COMMIT', following: 'finish_messages', moment: 'sent' }],
  ['the commit is made and not told', { statement: 'COMMIT', following: 'finish_messages', moment: 'after' }],
]

describe('the end of the processing thread alone', () => {
  it.each(STEPS)('when %s', async (_what, step) => {
    await endThread(step)
  })

  it('before, during and after every statement of processing', LONG_ONLY, async () => {
    const statements = [
      'claim_messages',
      'claim_handed_messages',
      'lock_keys',
      'append_events',
      'load_evidence',
    ]
    const saving = ['save_transactions', 'save_orders', 'finish_messages', 'tell_changes', 'COMMIT']
    for (const statement of [...statements, ...saving])
      for (const moment of ['before', 'sent', 'after'] as const) await endThread({ statement, moment })
  })

  it('is counted, and the process never restarted', async () => {
    const text = await (
      await fetch(`${place.url}/metrics`, { headers: { authorization: `Bearer ${API_KEY}` } })
    ).text()
    expect(text).toContain(`\nreceiver_processing_thread_ended_total ${ended}\n`)
    expect(service.isRunning()).toBe(true)
  })

  it('leaves both books equal, and the state that the messages come to', async () => {
    await stage.expectBooksEqual(figures)
  })
})
