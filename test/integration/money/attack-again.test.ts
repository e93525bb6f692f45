import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_ACCOUNTS, tellStory } from '../../support/money-stories.ts'
import type { Story } from '../../support/money-stories.ts'
import { startTimedService, type TimedService } from '../../support/timed-service.ts'

/** Wrong yeses over HTTP that a second hostile reading found: paid or safe where what was told says no. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
})
afterAll(async () => {
  await service.stop()
})

/** A Be2bill step that both sides tell, naming its payment. */
async function linked(story: Story, payment: number, operation: string, amount: number): Promise<void> {
  await story.be2bill({ payment, operation, amount })
  await story.be2billAnswer({ payment, operation, amount }, { amount, parentReference: story.reference(1) })
}

describe('what the merchant forwards', () => {
  it('M-8 an answer that calls a notified capture a refused sale does not take it away', async () => {
    const story = tellStory(service, 'be2bill', 'some')
    await story.be2bill({ operation: 'capture' })
    await story.be2billAnswer({ code: '4001' })
    expect(await story.order()).toMatchObject({ paidTotal: 10_000, safeToRetry: false })
  })

  it('M-3 a look-up that counts less lowers no capture that notified refunds tell', async () => {
    const story = tellStory(service, 'hipay', 'some')
    await story.hipay(126, { captured: 100, refunded: 60, at: 1 })
    await story.hipay(115, { captured: 100, refunded: 60, at: 2 })
    await story.lookUp(118, { captured: 60, refunded: 60, at: 3 })
    expect(await story.order()).toMatchObject({ paidTotal: 10_000, safeToRetry: false })
  })

  it('F-5 a refuted answer does not end a notified capture that is on its way', async () => {
    const story = tellStory(service, 'be2bill', 'some')
    await story.be2bill({ operation: 'authorization', code: '4001' })
    await story.be2bill({ payment: 2, operation: 'capture', code: '0003' })
    await story.be2billAnswer({ payment: 2, operation: 'capture' }, { parentReference: story.reference(1) })
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })
})

describe('calls', () => {
  it('R-12 a refused attempt answers no later call of the same operation id', async () => {
    const story = tellStory(service, 'hipay', 'some')
    await story.hipay(113, { at: 1 })
    const times = (from: number, to: number): object => ({
      ...{ operationId: 'X', requestedAt: story.at(from), receivedAt: story.at(to) },
    })
    await story.hipayAnswer(113, { at: 1 }, times(-1, 2))
    await story.until(660)
    await story.timeOut(times(600, 660))
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })

  it('R-9 a refusal that names no transaction answers no announcement', async () => {
    const story = tellStory(service, 'be2bill', 'some')
    await story.announce()
    await story.until(5)
    await story.be2bill({ code: '4001', more: { TRANSACTIONID: '' } })
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })
})

describe('money', () => {
  it('A-10 an unlinked void whose amount cannot be read leaves the order unpaid', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill()
    await story.be2bill({ payment: 2, operation: 'void', more: { AMOUNT: '100,00' } })
    expect(await story.order()).toMatchObject({ paid: false })
  })

  it('A-4 a void in another currency lowers no payment', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill({ more: { CURRENCY: 'EUR' } })
    await story.be2bill({ payment: 2, operation: 'void', more: { CURRENCY: 'USD' } })
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })

  it('A-11 a linked capture and its refund leave what else was authorized', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await linked(story, 2, 'capture', 3_000)
    await linked(story, 3, 'refund', 3_000)
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })

  it('Q-5 a capture that is asked for again after an operator denied it is not denied too', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(116)
    await story.hipay(117, { captured: 60, at: 1 })
    await story.until(3_600)
    const silence = (await story.discrepancies()).find((found) => found.class === 'missing_notification')
    await story.resolve(silence!, { outcome: 'not_processed' })
    await story.hipay(117, { captured: 60, at: 3_600 })
    await story.hipay(115, { captured: 60, at: 3_601 })
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })

  it('P-3 a capture that was asked for after an implied one, and refused, takes nothing of it', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(126, { captured: 60, refunded: 10, at: 1 })
    await story.hipay(117, { captured: 100, refunded: 10, at: 2 })
    await story.hipay(173, { captured: 100, refunded: 10, at: 3 })
    await story.hipay(126, { captured: 100, refunded: 20, at: 4 })
    await story.hipay(115, { captured: 100, refunded: 20, at: 5 })
    expect(await story.order()).toMatchObject({ paidTotal: 6_000, safeToRetry: false })
  })

  it('M-10 two first chargebacks over parts take both', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill()
    for (const [amount, date] of [
      ['6000', '2026-04-02'],
      ['4000', '2026-04-03'],
    ] as const)
      await story.be2bill({
        more: {
          ...{ CHARGEBACKDATE: date, CHARGEBACKTYPE: 'chargeback' },
          ...{ CHARGEBACKSTATUS: 'first chargeback', CHARGEBACKAMOUNT: amount },
        },
      })
    expect(await story.order()).toMatchObject({ paid: false })
  })
})
