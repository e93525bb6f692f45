import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_ACCOUNTS, tellStory } from '../../support/money-stories.ts'
import { startTimedService, type TimedService } from '../../support/timed-service.ts'

/** Wrong yeses over HTTP: paid, safe or matched where what was told says no. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
})
afterAll(async () => {
  await service.stop()
})

describe('calls', () => {
  it.each(['payment', 'order', 'finalize'])(
    'R-12 a call (%s) that is cut off after the payment it names was refused is not answered by it',
    async (operation) => {
      const story = tellStory(service, 'hipay')
      await story.hipay(113)
      await story.hipayAnswer(113, {}, { requestedAt: story.at(-1), receivedAt: story.at(1) })
      await story.until(600)
      const parentReference = story.reference()
      await story.timeOut({
        ...{ operation, parentReference },
        ...{ requestedAt: story.at(590), receivedAt: story.at(600) },
      })
      expect(await story.order()).toMatchObject({ safeToRetry: false })
    },
  )

  it('R-9 three refusals do not end two pages of three attempts each', async () => {
    const story = tellStory(service, 'hipay', 'pages')
    for (const second of [0, 10])
      await story.answer({
        body: { forwardUrl: `https://pay.example/${second}`, order: { id: story.orderId } },
        ...{ requestedAt: story.at(second), receivedAt: story.at(second) },
      })
    await story.until(100)
    for (const payment of [1, 2, 3]) {
      expect(await story.order()).toMatchObject({ safeToRetry: false })
      await story.hipay(113, { payment, created: 100 + payment, at: 100 + payment })
    }
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })
})

describe('money', () => {
  it('F-12 a forwarded look-up of a refused capture takes nothing from a notified counter', async () => {
    const story = tellStory(service, 'hipay', 'some')
    await story.hipay(116)
    await story.hipay(115, { captured: 30, at: 9 })
    expect(await story.order()).toMatchObject({ paidTotal: 3_000, safeToRetry: false })
    await story.lookUp(173, { at: 5 })
    expect(await story.order()).toMatchObject({ paidTotal: 3_000, safeToRetry: false })
  })

  it('M-3 a forwarded look-up that counts less lowers no notified capture', async () => {
    const story = tellStory(service, 'hipay', 'some')
    await story.hipay(118, { captured: 100, at: 1 })
    await story.hipay(115, { captured: 100, at: 2 })
    await story.lookUp(118, { at: 9 })
    expect(await story.order()).toMatchObject({ paidTotal: 10_000, safeToRetry: false })
  })

  it('A-10 two voids of one sale leave it unpaid at once', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill()
    for (const payment of [2, 3]) await story.be2bill({ payment, operation: 'void' })
    expect(await story.order()).toMatchObject({ paid: false })
  })

  it('F-7 a void that its answer links moves no more than its own amount', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    const step = async (payment: number, operation: string, amount: number): Promise<void> => {
      await story.be2bill({ payment, operation, amount })
      await story.be2billAnswer(
        { payment, operation, amount },
        { amount, parentReference: story.reference(1) },
      )
    }
    await story.be2bill({ operation: 'authorization' })
    await step(2, 'capture', 5_000)
    await step(3, 'void', 6_000)
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })

  it('Q-2 a requested capture that an operator denied is not paid when the authorization ends', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(116)
    await story.hipay(117, { captured: 100, at: 1 })
    await story.until(3_600)
    const silence = (await story.discrepancies()).find((found) => found.class === 'missing_notification')
    await story.resolve(silence!, { outcome: 'not_processed' })
    await story.hipay(115, { captured: 100, at: 3_600 })
    expect(await story.order()).toMatchObject({ paid: false, paidTotal: 0 })
  })

  it('M-7 a refund whose amount cannot be read makes the net unknown beside another one', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.announce({ amount: 7_000, channel: 'hosted' })
    await story.hipay(118, { captured: 100, at: 1 })
    await story.hipay(126, { captured: 100, refunded: 30, at: 2 })
    await story.hipay(126, { captured: 100, at: 3, more: { refunded_amount: '60,00' } })
    expect(await story.order()).toMatchObject({ paid: false, netTotal: null })
  })
})

describe('messages that name no transaction', () => {
  it('R-8 a payment with a code of no table may be money', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill({ code: '0007', more: { TRANSACTIONID: '' } })
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })

  it('R-8 a refund of the order leaves it unpaid', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill()
    await story.be2bill({ operation: 'refund', more: { TRANSACTIONID: '' } })
    expect(await story.order()).toMatchObject({ paid: false })
  })
})

describe('announcements', () => {
  it('A-4 of two currencies one stays unmet, whichever was announced first', async () => {
    const [euros, dollars] = [
      { operationId: 'a', currency: 'EUR' },
      { operationId: 'b', currency: 'USD' },
    ]
    for (const announced of [
      [euros, dollars],
      [dollars, euros],
    ]) {
      const story = tellStory(service, 'be2bill', 'some')
      for (const one of announced) await story.announce(one)
      await story.be2bill()
      expect(await story.order(), JSON.stringify(announced)).toMatchObject({ paid: false })
    }
  })
})
