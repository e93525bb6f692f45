import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_ACCOUNTS, tellStory } from '../../support/money-stories.ts'
import type { Story } from '../../support/money-stories.ts'
import { startTimedService, type TimedService } from '../../support/timed-service.ts'

/** Wrong yeses over HTTP that a third hostile reading found: paid, safe or matched where what was told says no. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
})
afterAll(async () => {
  await service.stop()
})

const DAY = 86_400

/** A Be2bill step that both sides tell, naming a payment. */
async function linked(
  story: Story,
  payment: number,
  step: { operation: string; amount?: number; of?: number },
): Promise<void> {
  const { of = 1, ...told } = { amount: 10_000, ...step }
  await story.be2bill({ payment, ...told })
  await story.be2billAnswer({ payment, ...told }, { parentReference: story.reference(of) })
}

const uncounted = { more: { authorized_amount: '', captured_amount: '', refunded_amount: '' } }

describe('ends', () => {
  it('F-7 a cancellation that states no counters takes back no captured money', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(118, { captured: 100 })
    await story.hipay(115, { at: 1, ...uncounted })
    expect(await story.order()).toMatchObject({ netTotal: 10_000, safeToRetry: false })
  })

  it('F-7 an expiry ends nothing that was granted after it', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(114, { at: 1 })
    await story.hipay(116, { at: 2 })
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })

  it('J-10 what an authorization was raised to stands', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(116)
    await story.hipay(118, { authorized: 150, captured: 100, at: 1 })
    await story.hipay(126, { authorized: 150, captured: 100, refunded: 100, at: 2 })
    expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'authorization_open' })
  })

  it('F-7 a void whose amount cannot be read may have taken back a part', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill()
    await story.be2bill({ payment: 2, operation: 'void', amount: '100,00' })
    const told = { payment: 2, operation: 'void' }
    await story.be2billAnswer(told, { parentReference: story.reference(1) })
    expect(await story.order()).toMatchObject({ netTotal: null, safeToRetry: false })
  })
})

describe('two words', () => {
  it('M-8 a refund that is told in two amounts gave back an unknown one', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill()
    await linked(story, 2, { operation: 'refund' })
    await story.be2bill({ payment: 2, operation: 'refund', amount: 1_000 })
    expect(await story.order()).toMatchObject({ refundedTotal: null, safeToRetry: false })
  })

  it('A-2 a sale that is notified for two orders pays for neither', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill()
    const other = `${story.orderId}-B`
    await story.be2bill({ more: { ORDERID: other } })
    expect(await story.order()).toMatchObject({ paid: false, paidReason: 'amount_unknown' })
    expect(await story.order(other)).toMatchObject({ paid: false })
  })

  it('W-1 a payment over another amount than was asked for is not matched', async () => {
    const story = tellStory(service, 'be2bill', 'some')
    await story.be2billAnswer({ code: '0001', amount: 6_000 })
    await story.be2bill()
    expect(await story.transaction()).toMatchObject({ reconciliation: 'awaiting_notification' })
  })

  it('M-7 an operation of no table may have taken the money back', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill()
    await story.be2bill({ payment: 2, operation: 'cancellation' })
    expect(await story.order()).toMatchObject({ paid: false })
  })
})

describe('an operator', () => {
  const close = async (story: Story, about: string, more: object = {}): Promise<void> => {
    const found = (await story.discrepancies()).filter((open) => open.class === about)
    expect(found).toHaveLength(1)
    await story.resolve(found[0]!, more)
  }

  it('Q-5 an authorization that was captured since its end was stated had not ended', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(116)
    await story.until(31 * DAY)
    await close(story, 'authorization_open')
    expect(await story.order()).toMatchObject({ safeToRetry: true })
    await story.hipay(118, { captured: 30, at: 31 * DAY + 1 })
    await story.hipay(126, { captured: 30, refunded: 30, at: 31 * DAY + 2 })
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })

  it('A-6 a plan that is begun after another one was closed goes on', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    const first = { SCHEDULE: '1-3' }
    await story.be2bill({ more: first })
    await linked(story, 2, { operation: 'refund' })
    await story.until(31 * DAY)
    await close(story, 'authorization_open')
    expect(await story.order()).toMatchObject({ safeToRetry: true })
    await story.be2bill({ payment: 3, more: first })
    await linked(story, 4, { operation: 'refund', of: 3 })
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })
})

describe('announcements', () => {
  it('R-9 a refused attempt over another amount answers no announcement', async () => {
    const story = tellStory(service, 'be2bill', 'told')
    await story.announce()
    await story.until(5)
    await story.be2bill({ code: '4001', amount: 5_500 })
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })
})
