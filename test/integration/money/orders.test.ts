import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_ACCOUNTS, tellStory, type Story, type Told } from '../../support/money-stories.ts'
import { startTimedService, type TimedService } from '../../support/timed-service.ts'

/** Orders balance too, M-8. Be2bill's steps come without a link to their payment. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
})
afterAll(async () => {
  await service.stop()
})

const LATE = 3_600
const AUTHORIZATION = 'authorization'

/** Everything told at once, each message a transaction of its own. */
async function told(messages: readonly Told[], kind: 'silent' | 'told' = 'silent'): Promise<Story> {
  const story = tellStory(service, 'be2bill', kind)
  for (const [index, message] of messages.entries()) await story.be2bill({ payment: index + 1, ...message })
  return story
}

const UNBALANCED = { safeToRetry: false, paid: false, netTotal: null }

describe('more than the order’s payments explain', () => {
  it.each([
    ['two refunds of the whole', [{}, refund(10_000), refund(10_000)], 10_000],
    ['two refunds that exceed by a part', [{}, refund(6_000), refund(7_000)], 3_000],
  ])('%s: told after the notification deadline', async (_what, messages, excess) => {
    const story = await told(messages)
    expect(await story.order()).toMatchObject({ safeToRetry: false })
    await story.until(LATE)
    expect(await story.order()).toMatchObject({ ...UNBALANCED, open: [`amount_mismatch ${excess}`] })
  })

  it.each([
    ['captured twice', [authorized(10_000), capture(10_000), capture(10_000)], 10_000],
    ['captured beyond', [authorized(10_000), capture(8_000), capture(5_000)], 3_000],
  ])('%s', async (_what, messages, excess) => {
    const story = await told(messages)
    await story.until(LATE)
    expect(await story.order()).toMatchObject({
      netTotal: null,
      paid: false,
      safeToRetry: false,
      open: [`amount_mismatch ${excess}`],
    })
  })

  it('a payment that comes later is not swallowed by the excess of two refunds', async () => {
    const story = await told([{}, refund(10_000), refund(10_000)])
    await story.until(LATE)
    await story.be2bill({ payment: 4 })
    const order = await story.order()
    expect(order).toMatchObject({ safeToRetry: false })
    expect(order.open).toContain('amount_mismatch 10000')
    const excess = (await story.discrepancies()).find((found) => found.class === 'amount_mismatch')
    await story.resolve(excess!)
    expect(await story.order()).toMatchObject({ paid: true, netTotal: 10_000, safeToRetry: false })
  })

  it('closed by an operator lowers nothing, and a further refund opens it again', async () => {
    const story = await told([{}, refund(10_000), refund(10_000)])
    await story.until(LATE)
    const [excess] = await story.discrepancies()
    await story.resolve(excess!)
    expect(await story.order()).toMatchObject({ netTotal: 0, paid: false, open: [] })
    await story.be2bill({ payment: 4, ...refund(2_500) })
    await story.until(2 * LATE)
    expect(await story.discrepancies()).toMatchObject([{ amountAtRisk: 12_500, formerId: excess!.id }])
  })
})

describe('a void without a link', () => {
  it.each([10_000, 4_200])('of which two sales hold as much is told: %i', async (amount) => {
    const story = await told([{ amount }, { amount }, { operation: 'void', amount }])
    await story.until(LATE)
    const order = await story.order()
    expect(order).toMatchObject({ safeToRetry: false })
    expect(order.open).toContain(`amount_mismatch ${amount}`)
    expect(order.open).toContain(`duplicate_payment ${amount}`)
  })

  it('lowers the only payment that holds as much', async () => {
    const story = await told([{ amount: 10_000 }, { amount: 2_000 }, { operation: 'void', amount: 10_000 }])
    await story.until(LATE)
    expect(await story.order()).toMatchObject({ paid: true, netTotal: 2_000, open: [] })
  })

  it('of more than any payment holds is told', async () => {
    const story = await told([{ amount: 2_000 }, { operation: 'void', amount: 10_000 }])
    await story.until(LATE)
    expect(await story.order()).toMatchObject({ ...UNBALANCED, open: ['amount_mismatch 10000'] })
  })
})

describe('several currencies', () => {
  it.each(['USD', 'GBP'])('a refund in %s makes the net unknown', async (CURRENCY) => {
    const story = await told([{}, { ...refund(10_000), more: { CURRENCY } }])
    expect(await story.order()).toMatchObject({
      netTotal: null,
      paid: false,
      safeToRetry: false,
      reason: 'amount_unknown',
    })
  })

  it('two payments in two currencies are a duplicate without a sum', async () => {
    const story = await told([{}, { more: { CURRENCY: 'USD' } }])
    const order = await story.order()
    expect(order).toMatchObject({ netTotal: null, safeToRetry: false })
    expect(order.open).toContain('duplicate_payment null')
  })
})

describe('instalments', () => {
  const part = (index: number, amount = 33_300, more: Told = {}): Told => ({
    amount,
    ...more,
    more: { SCHEDULE: `${index}-3` },
  })
  const planned = async (parts: readonly Told[], amount = 99_900): Promise<Story> => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.announce({ amount, channel: 'hosted' })
    await story.until(1)
    for (const [index, message] of parts.entries()) await story.be2bill({ payment: index + 1, ...message })
    await story.until(LATE)
    return story
  }

  it('are no mismatch while the plan runs, and none when it is complete', async () => {
    for (const count of [1, 2, 3]) {
      const story = await planned([part(1), part(2), part(3)].slice(0, count))
      expect(await story.order()).toMatchObject({ paidTotal: 33_300 * count, paid: count === 3, open: [] })
    }
  })

  it.each([
    ['short at the last one', [part(1), part(2), part(3, 30_000)], 3_300],
    ['short at a refused one', [part(1), part(2, 33_300, { code: '4001' })], 66_600],
    ['beyond what was announced', [part(1), part(2, 70_000)], 3_400],
  ] as const)('are compared: %s', async (_what, parts, difference) => {
    const story = await planned(parts)
    const { open } = await story.order()
    expect(open.filter((found) => found.startsWith('amount_mismatch'))).not.toEqual([])
    expect(new Set(open)).toEqual(new Set([`amount_mismatch ${difference}`]))
  })

  it('of which a refused one was replaced by an ordinary payment are no duplicate', async () => {
    const story = await planned([part(1), part(2, 33_300, { code: '4001' }), { amount: 33_300 }, part(3)])
    expect(await story.order()).toMatchObject({ paid: true, netTotal: 99_900, open: [] })
  })

  it('payments within the announced amount are no duplicates', async () => {
    const story = await planned([{ amount: 40_000 }, { amount: 59_900 }])
    expect((await story.order()).open.filter((found) => found.startsWith('duplicate'))).toEqual([])
    await story.be2bill({ payment: 9, amount: 100 })
    expect((await story.order()).open.some((found) => found.startsWith('duplicate'))).toBe(true)
  })
})

it('a forwarded capture that names a sale is that sale', async () => {
  const story = await told([{ operation: 'authorization' }, {}], 'told')
  await story.answer({
    operation: 'capture',
    parentReference: story.reference(1),
    ...{ amount: 10_000, currency: 'EUR' },
    body: { OPERATIONTYPE: 'capture', TRANSACTIONID: story.reference(2), EXECCODE: '0000' },
  })
  const order = await story.order()
  expect([10_000, null]).toContain(order.paidTotal)
  expect(order).toMatchObject({ safeToRetry: false })
})

describe('amounts that could make a sum inexact', () => {
  it.each(['9007199254740991', '1000000000000', '99999999999999999999'])('%s is named', async (AMOUNT) => {
    const story = await told([{ amount: AMOUNT }, { amount: AMOUNT }])
    const order = await story.order()
    expect(order).toMatchObject({ paidTotal: null, safeToRetry: false, paid: false })
    expect(order.open).toContain('invalid_amount null')
    const { status } = await service.call('GET', '/v1/reconciliation/summary?from=2026-01-01T00:00:00Z')
    expect(status).toBe(200)
  })
})

function refund(amount: number): Told {
  return { operation: 'refund', amount }
}
function capture(amount: number): Told {
  return { operation: 'capture', amount }
}
function authorized(amount: number): Told {
  return { operation: AUTHORIZATION, amount }
}
