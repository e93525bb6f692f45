import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_ACCOUNTS, tellStory } from '../../support/money-stories.ts'
import type { Story } from '../../support/money-stories.ts'
import { IN_FLIGHT, SAFE } from '../../support/retry-answers.ts'
import { startTimedService } from '../../support/timed-service.ts'
import type { TimedService } from '../../support/timed-service.ts'

/** Retries over HTTP: what was cut off, announced or refused. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
})

afterAll(async () => {
  await service.stop()
})

const MINUTES = 60

const UNKNOWN = {
  safeToRetry: false,
  paid: false,
  reason: 'request_of_unknown_outcome',
  sources: ['message'],
}

describe.each(['told', 'some'] as const)('a call that was cut off after a decline, answers %s', (kind) => {
  const story = (): Story => tellStory(service, 'hipay', kind)

  async function staysUnknown(cut: Story): Promise<void> {
    expect(await cut.order()).toMatchObject(UNKNOWN)
    await cut.until(60 * MINUTES)
    expect(await cut.order()).toMatchObject(UNKNOWN)
    expect((await cut.order()).open).toContain('missing_notification 10000')
  }

  it.each([
    ['five minutes later', 5 * MINUTES],
    ['two minutes later', 2 * MINUTES],
    ['a day later', 24 * 60 * MINUTES],
  ])('is of unknown outcome: %s', async (_when, seconds) => {
    const cut = story()
    await cut.hipay(113)
    await cut.until(seconds)
    await cut.timeOut({ receivedAt: cut.at(seconds) })
    expect(await cut.order()).toMatchObject(UNKNOWN)
    await cut.until(seconds + 20 * MINUTES)
    expect(await cut.order()).toMatchObject(UNKNOWN)
    expect((await cut.order()).open).toContain('missing_notification 10000')
  })

  it('is of unknown outcome after the answer of a payment page, with an operation id of its own', async () => {
    const cut = story()
    await cut.answer({ operationId: 'page', body: { forwardUrl: 'https://pay.example/1' } })
    await cut.hipay(113, { at: 60, created: 60 })
    await cut.until(5 * MINUTES)
    await cut.announce({ operationId: 'second', requestedAt: cut.at(300) })
    await cut.timeOut({ operationId: 'second', requestedAt: cut.at(300), receivedAt: cut.at(330) })
    await staysUnknown(cut)
  })

  it('is of unknown outcome when the decline began in the time of the first call', async () => {
    const cut = story()
    await cut.hipay(113)
    await cut.until(50)
    await cut.timeOut({ requestedAt: cut.at(40), receivedAt: cut.at(50) })
    await staysUnknown(cut)
  })

  it('is answered by a decline that began while it was out', async () => {
    const cut = story()
    await cut.until(30)
    await cut.timeOut({ requestedAt: cut.at(0), receivedAt: cut.at(30) })
    await cut.hipay(113, { at: 12, created: 10, more: { authorized_amount: '0.00' } })
    expect(await cut.order()).toMatchObject({ ...SAFE, requests: [] })
  })
})

describe('a call that was cut off after Be2bill’s decline', () => {
  it.each(['told', 'some', 'silent'] as const)('is of unknown outcome, answers %s', async (kind) => {
    for (const code of ['4001', '4002', '6001']) {
      const cut = tellStory(service, 'be2bill', kind)
      await cut.be2bill({ code })
      await cut.until(5 * MINUTES)
      await cut.timeOut({ requestedAt: cut.at(290), receivedAt: cut.at(300) })
      expect(await cut.order()).toMatchObject(UNKNOWN)
      await cut.until(30 * MINUTES)
      expect(await cut.order()).toMatchObject(UNKNOWN)
      expect((await cut.order()).open).toContain('missing_notification 10000')
    }
  })

  it('announced with its own operation id is of unknown outcome', async () => {
    const cut = tellStory(service, 'be2bill', 'some')
    await cut.be2bill({ code: '4001' })
    await cut.until(5 * MINUTES)
    await cut.announce({ operationId: 'again' })
    await cut.timeOut({ operationId: 'again' })
    expect(await cut.order()).toMatchObject({ safeToRetry: false })
    await cut.until(30 * MINUTES)
    expect(await cut.order()).toMatchObject(UNKNOWN)
  })

  it.each([
    ['six minutes late', 6 * MINUTES],
    ['a day late', 24 * 60 * MINUTES],
  ])('which is delivered %s answers it only where every call is told', async (_when, late) => {
    for (const [kind, safe] of [
      ['some', false],
      ['silent', false],
      ['told', true],
    ] as const) {
      const cut = tellStory(service, 'be2bill', kind)
      await cut.until(30)
      await cut.timeOut({ requestedAt: cut.at(0), receivedAt: cut.at(30) })
      await cut.until(late)
      await cut.be2bill({ code: '4001' })
      expect(await cut.order()).toMatchObject(safe ? SAFE : UNKNOWN)
    }
  })
})

describe('a direct call that was announced after a decline', () => {
  const announced = async (): Promise<{ story: Story; id: string }> => {
    const story = tellStory(service, 'hipay')
    await story.hipay(113)
    await story.until(60)
    const { body } = await story.announce({ operationId: 'retry' })
    expect(await story.order()).toMatchObject({ ...IN_FLIGHT, requests: ['in_flight'] })
    return { story, id: body.id }
  }

  it('is in flight past its deadline, and then missed', async () => {
    const { story } = await announced()
    await story.until(3 * 3_600)
    const { open, ...order } = await story.order()
    expect(order).toMatchObject(IN_FLIGHT)
    expect(open).toContain('missing_response 0')
  })

  it('is over once an attempt answers it', async () => {
    const { story } = await announced()
    await story.hipay(113, { payment: 2, at: 70, created: 65 })
    expect(await story.order()).toMatchObject(SAFE)
  })

  it('is over once it is withdrawn', async () => {
    const { story, id } = await announced()
    expect((await service.call('DELETE', `/v1/expectations/${id}`)).status).toBe(204)
    expect(await story.order()).toMatchObject(SAFE)
  })

  it('is over once an operator closes it', async () => {
    const { story } = await announced()
    await story.until(3 * 3_600)
    const missing = (await story.discrepancies()).find(({ class: found }) => found === 'missing_response')
    await story.resolve(missing!)
    expect(await story.order()).toMatchObject(SAFE)
  })

  it('is in flight while it is said again', async () => {
    const { story } = await announced()
    await story.hipay(113, { payment: 2, at: 70, created: 65 })
    await story.until(120)
    await story.announce({ operationId: 'retry' }, 200)
    expect(await story.order()).toMatchObject(IN_FLIGHT)
  })

  it('is in flight also where it is said with another amount', async () => {
    const { story } = await announced()
    await story.hipay(113, { payment: 2, at: 70, created: 65 })
    await story.until(120)
    const { body } = await story.announce({ operationId: 'retry', amount: 12_000 }, 409)
    expect(body).toMatchObject({ code: 'expectation_conflict' })
    expect(await story.order()).toMatchObject(IN_FLIGHT)
  })

  it('of Be2bill is in flight too', async () => {
    const story = tellStory(service, 'be2bill')
    await story.be2bill({ code: '4001' })
    await story.until(60)
    await story.announce()
    await story.until(3 * 3_600)
    expect(await story.order()).toMatchObject(IN_FLIGHT)
  })
})

describe('an answer by HTTP status', () => {
  const CODELESS = [400, 401, 403, 404, 408, 409, 422, 425, 429, 499]

  it.each(CODELESS)('%i without an error code of HiPay’s proves nothing', async (httpStatus) => {
    for (const body of ['<html>try later</html>', { message: 'no' }, { code: 'E-17' }]) {
      const story = tellStory(service, 'hipay')
      await story.answer({ httpStatus, body, amount: 10_000, currency: 'EUR' })
      expect(await story.order()).toMatchObject({ ...UNKNOWN, requests: ['unknown'] })
    }
  })

  it.each([
    [400, '1010001'],
    [401, '1000001'],
    [403, '1000003'],
  ])('%i with %s did not happen', async (httpStatus, code) => {
    const story = tellStory(service, 'hipay')
    await story.answer({ httpStatus, body: { code, message: 'no' } })
    expect(await story.order()).toMatchObject({ ...SAFE, requests: ['not_processed'] })
  })

  it.each([201, 400, 408, 429, 500, 503])('%i of Be2bill proves nothing', async (httpStatus) => {
    const story = tellStory(service, 'be2bill')
    await story.be2billAnswer({ code: '2001' }, { httpStatus })
    expect(await story.order()).toMatchObject(UNKNOWN)
  })
})
