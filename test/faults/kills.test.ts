import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inForm, LONG_ONLY, SEED } from '../support/form.ts'
import { randomFrom } from '../support/orderings.ts'
import { countFault, createFigures, keepFigures } from './support/figures.ts'
import type { Failpoint } from './support/remote-control.ts'
import type { Place, ServiceProcess } from './support/service-process.ts'
import type { Sender } from '../support/sender.ts'
import { createStage, type Stage } from './support/stage.ts'
import { until } from '../support/until.ts'

/**
 * `kill -9` of the service under load: nothing acknowledged is lost, nothing is done twice, and what is believed in the end
 * is what follows from the messages. The sender is never told that anything happened: it meets a refused connection and
 * sends again.
 */

const figures = createFigures('kills')
const random = randomFrom(SEED)
let stage: Stage
let place: Place
let service: ServiceProcess
let sender: Sender

beforeAll(async () => {
  stage = await createStage()
  place = await stage.place()
  service = await stage.start(place)
  sender = stage.send({ route: () => [place.url] })
})
// One that failed to come back must not take the rest along.
beforeEach(async () => {
  if (!service.isRunning()) service = await stage.start(place)
})
afterAll(async () => {
  keepFigures(figures)
  await stage.close()
})

/** Every process runs again, and nothing that was acknowledged is missing. */
async function recover(kind: string): Promise<void> {
  await until(() => !service.isRunning(), { what: `the process ends by a ${kind}` })
  expect(await service.ended).toBe('SIGKILL')
  const killedAt = performance.now()
  await stage.expectNothingLost()
  service = await stage.start(place)
  await sender.acknowledged(1)
  countFault(figures, kind, performance.now() - killedAt)
}

/** What the process has done when it dies, and the statement by which that is known. */
const STEPS: [string, Omit<Failpoint, 'pass'>][] = [
  ['a message is being stored', { statement: 'receive_messages', moment: 'sent' }],
  ['a message is stored and not acknowledged', { statement: 'receive_messages', moment: 'after' }],
  ['a message is handed over and not claimed', { statement: 'claim_handed_messages', moment: 'before' }],
  ['a handed batch is claimed', { statement: 'claim_handed_messages', moment: 'after' }],
  ['the table is looked at', { statement: 'claim_messages', moment: 'after' }],
  ['events are appended, nothing is saved', { statement: 'append_events', moment: 'after' }],
  ['messages are finished, nothing is committed', { statement: 'finish_messages', moment: 'after' }],
  ['the commit is on its way', { statement: 'COMMIT', following: 'finish_messages', moment: 'sent' }],
  ['the commit is made and not told', { statement: 'COMMIT', following: 'finish_messages', moment: 'after' }],
]

/** Enough for every statement of the path to have come up. */
const WARM_UP = 300

describe('kill -9 of the service', () => {
  it.each(STEPS)('when %s', async (_what, step) => {
    for (let round = 0; round < inForm(1, 5); round += 1) {
      await sender.acknowledged(20)
      await service.arm({ ...step, pass: Math.floor(random() * 4) })
      await recover('kill at a step')
    }
  })

  it('at random moments', async () => {
    for (let round = 0; round < inForm(3, 60); round += 1) {
      await sender.acknowledged(1 + Math.floor(random() * 200))
      service.signal('SIGKILL')
      await recover('kill at a random moment')
    }
  })

  it('before, during and after every statement of the path', LONG_ONLY, async () => {
    await sender.acknowledged(WARM_UP)
    const named = (await service.statements()).filter((statement) => /^[a-z_]+$/.test(statement))
    expect(named.length).toBeGreaterThan(10)
    for (const statement of [...named, 'COMMIT']) {
      for (const moment of ['before', 'sent', 'after'] as const) {
        await service.arm({ statement, moment, pass: Math.floor(random() * 3) })
        await recover('kill at a statement')
      }
    }
  })

  it('leaves both books equal, and the state that the messages come to', async () => {
    await stage.expectBooksEqual(figures)
  })
})
