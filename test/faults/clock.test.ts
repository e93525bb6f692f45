import { afterAll, beforeAll, expect, it } from 'vitest'
import { inForm, LONG_ONLY } from '../support/form.ts'
import { API_KEY } from './support/accounts.ts'
import { countFault, createFigures, keepFigures } from './support/figures.ts'
import type { ServiceProcess } from './support/service-process.ts'
import type { Sender } from '../support/sender.ts'
import { createStage, type Stage } from './support/stage.ts'
import { until } from '../support/until.ts'

/** The clock of the machine is set while the service runs: neither receipt nor processing may care. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const figures = createFigures('clock')
let stage: Stage
let service: ServiceProcess
let sender: Sender

beforeAll(async () => {
  stage = await createStage()
  // A busy machine may be late by seconds; a clock that is taken at its word is late by an hour.
  const place = await stage.place({ ACKNOWLEDGE_TIMEOUT_MS: '30000' })
  service = await stage.start(place)
  sender = stage.send({ route: () => [place.url] })
})
afterAll(async () => {
  keepFigures(figures)
  await stage.close()
})

/** From the true time, one after the other. */
const JUMPS = inForm([HOUR, 0, -HOUR], [MINUTE, 0, HOUR, 0, -HOUR, 30 * DAY, -30 * DAY, 0, 90, 0, -90, 0])

it.each(JUMPS)(
  'takes and processes what comes when the clock jumps to %i ms from the true time',
  async (ms) => {
    await sender.acknowledged(20)
    const { unavailable, unanswered } = sender.tally
    await service.shiftClock(ms)
    const jumpedAt = performance.now()
    await sender.acknowledged(20)
    countFault(figures, 'clock jump', performance.now() - jumpedAt)
    await stage.caughtUp()
    expect(sender.tally).toMatchObject({ unavailable, unanswered, improper: [] })
    await stage.expectNothingLost()
  },
)

it('lets a caller in again who was told to wait before the clock was set back', LONG_ONLY, async () => {
  const strict = await stage.start(await stage.place({ API_CALLS_PER_SECOND: '1' }))
  const call = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${API_KEY}` }
    return (await fetch(`${strict.url}/v1/discrepancies`, { headers })).status
  }
  await until(async () => (await call()) === 429, { what: 'the caller is told to wait' })
  await strict.shiftClock(-HOUR)
  await until(async () => (await call()) === 200, { what: 'the caller is let in again' })
})

it('ends in the state that the messages come to at the last time, with nothing lost and nothing doubled', async () => {
  // Later than every deadline that a message of the other times has.
  const last = Math.max(...JUMPS) + HOUR
  await service.shiftClock(last)
  await stage.expectBooksEqual(figures, last)
})
