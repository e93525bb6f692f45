import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_ACCOUNTS, tellStory } from '../../support/money-stories.ts'
import { IN_FLIGHT, SAFE } from '../../support/retry-answers.ts'
import { DAY, startTimedService } from '../../support/timed-service.ts'
import type { TimedService } from '../../support/timed-service.ts'

/** Retries over HTTP: what still stands, or may still be paid. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
})

afterAll(async () => {
  await service.stop()
})

describe('an authorization that stands', () => {
  it.each([
    ['nothing captured', [[118, { captured: 0 }]], 'authorization_open', 10_000],
    [
      'partly captured, and that given back',
      [
        [118, { captured: 30, at: 1 }],
        [126, { captured: 30, refunded: 30, at: 2 }],
      ],
      'authorization_open',
      7_000,
    ],
    [
      'captured to the half, refunded',
      [
        [116, {}],
        [118, { captured: 50, at: 1 }],
        [125, { captured: 50, refunded: 50, at: 2 }],
      ],
      'authorization_open',
      5_000,
    ],
  ] as const)('forbids a retry, and is told after 30 days: %s', async (_what, told, reason, left) => {
    const story = tellStory(service, 'hipay', 'silent')
    for (const [code, stated] of told) await story.hipay(code, stated)
    const stands = { safeToRetry: false, paid: false, reason, sources: ['transaction'] }
    expect(await story.order()).toMatchObject({ ...stands, open: [] })
    await story.until((31 * DAY) / 1_000)
    expect(await story.order()).toMatchObject({ ...stands, open: [`authorization_open ${left}`] })
    const [open] = await story.discrepancies()
    await story.resolve(open!)
    expect(await story.order()).toMatchObject(SAFE)
  })

  it.each([114, 115, 143])('is ended by %s', async (code) => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(116)
    expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'transaction_authorized' })
    await story.hipay(code, { at: 60 })
    expect(await story.order()).toMatchObject(SAFE)
  })

  it('is used up by captures that name no payment', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill({ operation: 'authorization' })
    await story.be2bill({ payment: 2, operation: 'capture', amount: 10_000 })
    await story.be2bill({ payment: 3, operation: 'refund', amount: 10_000 })
    expect(await story.order()).toMatchObject({ safeToRetry: true, netTotal: 0, open: [] })
  })
})

describe('a refusal that names another payment', () => {
  const OTHER = { safeToRetry: false, paid: false, reason: 'other_payment', sources: ['message'] }

  it.each(['3010004', '3010006'])('%s in an answer', async (code) => {
    for (const httpStatus of [200, 400]) {
      const story = tellStory(service, 'hipay')
      await story.answer({ httpStatus, body: { code, message: 'duplicate' } })
      expect(await story.order()).toMatchObject(OTHER)
      await story.hipay(116, { at: 30, created: 10 })
      expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'transaction_authorized' })
      await story.hipay(115, { at: 60 })
      expect(await story.order()).toMatchObject(SAFE)
    }
  })

  it('113 with reason 4000007', async () => {
    for (const kind of ['told', 'silent'] as const) {
      const story = tellStory(service, 'hipay', kind)
      await story.hipay(113, { more: { reason: { code: '4000007', message: 'duplicate' } } })
      expect(await story.order()).toMatchObject(OTHER)
    }
  })

  it('4011 of Be2bill, notified and answered', async () => {
    const notified = tellStory(service, 'be2bill')
    await notified.be2bill({ code: '4011' })
    expect(await notified.order()).toMatchObject(OTHER)
    const answered = tellStory(service, 'be2bill')
    await answered.be2billAnswer({ code: '4011' })
    expect(await answered.order()).toMatchObject({ safeToRetry: false })
    await notified.be2bill({ payment: 2 })
    expect(await notified.order()).toMatchObject({ paid: true, safeToRetry: false, reason: 'money_held' })
  })
})

describe('a payment page', () => {
  const PAGE = { channel: 'hosted' }

  it('is unsafe while its customer may pay, and over with its lifetime', async () => {
    const story = tellStory(service, 'hipay')
    await story.announce(PAGE)
    await story.hipay(113, { at: 60, created: 60 })
    expect(await story.order()).toMatchObject(IN_FLIGHT)
    await story.until((6 * DAY) / 1_000)
    expect(await story.order()).toMatchObject(IN_FLIGHT)
    await story.until((8 * DAY) / 1_000)
    expect(await story.order()).toMatchObject(SAFE)
  })

  it('that allows three attempts is over with the third refusal', async () => {
    const story = tellStory(service, 'hipay', 'pages')
    await story.announce(PAGE)
    for (const payment of [1, 2, 3]) {
      expect(await story.order()).toMatchObject(IN_FLIGHT)
      await story.hipay(113, { payment, at: 60 * payment, created: 60 * payment })
    }
    expect(await story.order()).toMatchObject(SAFE)
  })

  it('asked for again is unsafe again', async () => {
    const story = tellStory(service, 'hipay', 'pages')
    await story.announce(PAGE)
    for (const payment of [1, 2, 3])
      await story.hipay(113, { payment, at: 60 * payment, created: 60 * payment })
    await story.until(600)
    await story.announce(PAGE, 200)
    expect(await story.order()).toMatchObject(IN_FLIGHT)
  })

  it('is over with a success', async () => {
    const story = tellStory(service, 'hipay')
    await story.announce(PAGE)
    await story.hipay(116, { at: 60, created: 60 })
    await story.hipay(115, { at: 90 })
    expect(await story.order()).toMatchObject({ ...SAFE, requests: [] })
  })
})
