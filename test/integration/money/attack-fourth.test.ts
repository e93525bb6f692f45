import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_ACCOUNTS, tellStory } from '../../support/money-stories.ts'
import type { Story, Told } from '../../support/money-stories.ts'
import { startTimedService, type TimedService } from '../../support/timed-service.ts'

/** Wrong yeses over HTTP that a fourth hostile reading found: money that may be gone, and what has not ended. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
})
afterAll(async () => {
  await service.stop()
})

const unknown = { paid: false, paidReason: 'amount_unknown' }

/** A story of a Be2bill shop whose first payment was made. */
async function paidFor(told: Told = {}): Promise<Story> {
  const story = tellStory(service, 'be2bill', 'silent')
  await story.be2bill(told)
  return story
}

/** A Be2bill step that both sides tell, naming a payment. */
async function linked(story: Story, told: Told, of = 1): Promise<void> {
  await story.be2bill(told)
  await story.be2billAnswer(told, { parentReference: story.reference(of) })
}

describe('money that may have been given back', () => {
  it.each([
    ['of another currency', { CURRENCY: 'GBP' }, '0000'],
    ['of an unknown code', {}, '0007'],
  ])('A-2 by a credit %s', async (_what, more, code) => {
    const story = await paidFor()
    await story.be2bill({ payment: 2, operation: 'credit', code, amount: 9_000, more })
    expect(await story.order()).toMatchObject({ ...unknown, safeToRetry: false })
  })

  it('A-2 by the sale itself, which is told to be done and to be refused', async () => {
    const story = await paidFor()
    await story.be2bill({ code: '4001' })
    expect(await story.order()).toMatchObject({ ...unknown, open: ['outcome_mismatch 10000'] })
  })

  it('A-10 by a void that names one of two payments, beside a capture that names none', async () => {
    const story = await paidFor({ operation: 'authorization' })
    await story.be2bill({ payment: 2, operation: 'authorization' })
    await story.be2bill({ payment: 3, operation: 'capture' })
    expect(await story.order()).toMatchObject({ paid: true })
    await linked(story, { payment: 4, operation: 'void' }, 2)
    expect(await story.order()).toMatchObject(unknown)
    await story.until(3_600)
    expect(await story.order()).toMatchObject({ ...unknown, open: ['amount_mismatch 10000'] })
  })
})

describe('what has not ended', () => {
  it('F-7 an authorization that was captured after its expiry', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(116)
    await story.hipay(114, { at: 1 })
    expect(await story.order()).toMatchObject({ safeToRetry: true })
    await story.hipay(118, { captured: 30, at: 2 })
    await story.hipay(126, { captured: 30, refunded: 30, at: 3 })
    expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'authorization_open' })
  })

  it('R-9 a second page, when the first one was paid and its money given back', async () => {
    const story = tellStory(service, 'hipay', 'some')
    await story.announce({ channel: 'hosted', operationId: 'first' })
    await story.until(60)
    await story.announce({ channel: 'hosted', operationId: 'second' })
    await story.until(120)
    await story.hipay(118, { captured: 100, created: 120, at: 120 })
    await story.hipay(125, { captured: 100, refunded: 100, created: 120, at: 121 })
    expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'request_in_flight' })
  })

  it('M-11 what was captured after a chargeback of the whole is not lost with it', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(116)
    await story.hipay(118, { captured: 50, at: 1 })
    await story.hipay(181, { captured: 50, at: 2 })
    await story.hipay(118, { captured: 80, at: 3 })
    expect(await story.order()).toMatchObject({ ...unknown, paidTotal: 8_000, chargedBackTotal: null })
  })
})
