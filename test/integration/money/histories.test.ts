import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_ACCOUNTS, tellStory } from '../../support/money-stories.ts'
import { startTimedService, type TimedService } from '../../support/timed-service.ts'

/** Histories that a careless reading of the rules gets wrong. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
})
afterAll(async () => {
  await service.stop()
})

const LATE = 3_600
const SAFE = { safeToRetry: true, reason: 'nothing_stands' }
const UNKNOWN = { safeToRetry: false, reason: 'request_of_unknown_outcome' }

describe('a merchant’s look-up', () => {
  it('after a time-out and the notification is an ordinary recovery', async () => {
    const story = tellStory(service, 'hipay')
    await story.timeOut({ requestedAt: story.at(0), receivedAt: story.at(30) })
    await story.until(40)
    await story.hipay(118, { captured: 100, created: 10, at: 20 })
    await story.lookUp(118, { captured: 100, created: 10, at: 20 })
    await story.until(LATE)
    expect(await story.transaction()).toMatchObject({
      status: 'captured',
      reconciliation: 'matched',
      open: [],
    })
    expect(await story.order()).toMatchObject({ paid: true, requests: [], open: [] })
  })

  it.each([114, 115, 143])('that tells an end makes nothing safe: %i', async (code) => {
    const story = tellStory(service, 'hipay')
    await story.hipay(116)
    await story.hipayAnswer(116)
    await story.lookUp(code, { at: 60 })
    expect(await story.transaction()).toMatchObject({ reconciliation: 'awaiting_notification' })
    expect(await story.order()).toMatchObject({ paid: false, safeToRetry: false })
    await story.until(30 * LATE)
    expect(await story.order()).toMatchObject({ safeToRetry: false })
    expect(await story.transaction()).not.toMatchObject({ reconciliation: 'matched' })
  })

  it.each([
    [125, 100],
    [126, 40],
  ])('that tells a refund makes nothing safe: %i', async (code, refunded) => {
    const story = tellStory(service, 'hipay')
    await story.hipay(118, { captured: 100 })
    await story.hipayAnswer(118, { captured: 100 })
    await story.lookUp(code, { captured: 100, refunded, at: 60 })
    expect(await story.transaction()).toMatchObject({ reconciliation: 'awaiting_notification' })
    expect(await story.order()).toMatchObject({ safeToRetry: false })
    await story.until(LATE)
    expect((await story.order()).open).toContain('missing_notification null')
  })
})

describe('calls in time', () => {
  it('of two calls and two attempts, each call is answered by its own', async () => {
    const story = tellStory(service, 'hipay')
    await story.until(700)
    await story.timeOut({ requestedAt: story.at(0), receivedAt: story.at(90) })
    await story.timeOut({ requestedAt: story.at(600), receivedAt: story.at(690) })
    await story.hipay(113, { payment: 1, created: 660, at: 661 })
    expect(await story.order()).toMatchObject({ ...UNKNOWN, requests: ['unknown'] })
    await story.hipay(113, { payment: 2, created: 60, at: 61 })
    expect(await story.order()).toMatchObject({ ...SAFE, requests: [] })
  })

  it('of which one has no attempt, the other’s attempt does not answer it', async () => {
    const story = tellStory(service, 'hipay')
    await story.until(700)
    await story.timeOut({ requestedAt: story.at(0), receivedAt: story.at(90) })
    await story.timeOut({ requestedAt: story.at(600), receivedAt: story.at(690) })
    for (const payment of [1, 2]) await story.hipay(113, { payment, created: 660 + payment, at: 670 })
    expect(await story.order()).toMatchObject(UNKNOWN)
  })

  it('a cut-off refund is not answered by an older one of the same amount', async () => {
    const story = tellStory(service, 'hipay')
    await story.hipay(118, { captured: 100 })
    await story.hipayAnswer(118, { captured: 100 })
    await story.hipay(126, {
      ...{ captured: 100, refunded: 20, at: 60 },
      operation: { amount: 20, at: 60 },
    })
    await story.until(LATE)
    await story.answer({
      ...{ operation: 'refund', parentReference: story.reference(), amount: 2_000, error: 'timeout' },
      ...{ requestedAt: story.at(LATE - 60), receivedAt: story.at(LATE) },
    })
    await story.until(2 * LATE)
    expect((await story.order()).open).toContain('missing_notification 2000')
  })

  it('a field that the account names and the provider echoes decides alone', async () => {
    for (const [call, safe] of [
      ['mine', true],
      ['other', false],
    ] as const) {
      const story = tellStory(service, 'hipay', 'echo')
      await story.until(30)
      await story.timeOut({ operationId: 'mine', requestedAt: story.at(0), receivedAt: story.at(30) })
      await story.hipay(113, { created: 10, at: 12, more: { custom_data: { call } } })
      expect(await story.order()).toMatchObject(safe ? SAFE : UNKNOWN)
      const other = tellStory(service, 'be2bill', 'echo')
      await other.until(30)
      await other.timeOut({ operationId: 'mine', requestedAt: other.at(0), receivedAt: other.at(30) })
      await other.be2bill({ code: '4001', more: { EXTRADATA: call } })
      expect(await other.order()).toMatchObject(safe ? SAFE : UNKNOWN)
    }
  })

  it('another amount is another call', async () => {
    const story = tellStory(service, 'be2bill')
    await story.until(30)
    await story.timeOut({ amount: 9_000, requestedAt: story.at(0), receivedAt: story.at(30) })
    await story.be2bill({ amount: 10_000, code: '4001' })
    expect(await story.order()).toMatchObject(UNKNOWN)
  })
})

describe('announcements', () => {
  it('queued or backfilled after their attempts miss no answer that fits their time', async () => {
    const story = tellStory(service, 'hipay')
    await story.hipay(113, { created: 5, at: 6 })
    await story.hipayAnswer(113, { created: 5, at: 6 })
    await story.until(600)
    await story.announce({ requestedAt: story.at(3) })
    await story.until(3 * LATE)
    expect(await story.order()).toMatchObject({ ...SAFE, open: [] })
  })

  it('a retry with the same amount is in flight while it is out', async () => {
    const story = tellStory(service, 'hipay')
    await story.announce({}, 201)
    await story.hipay(113, { created: 5, at: 6 })
    expect(await story.order()).toMatchObject(SAFE)
    await story.until(60)
    await story.announce({}, 200)
    expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'request_in_flight' })
    await story.hipay(113, { payment: 2, created: 65, at: 66 })
    expect(await story.order()).toMatchObject(SAFE)
  })

  it('a changed basket is refused, and not safe', async () => {
    const story = tellStory(service, 'hipay')
    await story.announce({}, 201)
    await story.hipay(113, { created: 5, at: 6 })
    await story.until(60)
    await story.announce({ amount: 12_000 }, 409)
    expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'request_in_flight' })
  })
})

it.each([181, 129])('a chargeback of what was captured: 116 · 117 c=100 · (118 lost) · %i', async (code) => {
  const story = tellStory(service, 'hipay', 'silent')
  await story.hipay(116)
  await story.hipay(117, { captured: 100, at: 60 })
  await story.hipay(code, { captured: 100, at: 120 })
  expect(await story.transaction()).toMatchObject({ status: 'charged_back', chargedBackTotal: 10_000 })
  expect(await story.order()).toMatchObject({ paid: false, safeToRetry: false })
})

it('one refused instalment of three, replaced by an ordinary payment, is no duplicate', async () => {
  const story = tellStory(service, 'be2bill', 'silent')
  const parts = [
    { more: { SCHEDULE: '1-3' } },
    { more: { SCHEDULE: '2-3' }, code: '4001' },
    {},
    { more: { SCHEDULE: '3-3' } },
  ]
  for (const [index, part] of parts.entries()) await story.be2bill({ payment: index + 1, ...part })
  await story.until(LATE)
  expect(await story.order()).toMatchObject({ paid: true, netTotal: 30_000, open: [] })
})
