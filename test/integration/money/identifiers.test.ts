import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_ACCOUNTS, tellStory } from '../../support/money-stories.ts'
import { startTimedService, type TimedService } from '../../support/timed-service.ts'

/** I-7, I-8: two identifiers never become one, wherever they are told. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
})
afterAll(async () => {
  await service.stop()
})

/** Each pair would share its first six and last four digits, and may be a card number. */
const PAIRS = [
  ['5123450005678', '5123450185678'],
  ['4000012345678', '4000012435678'],
  ['4123450000000777', '4123450000180777'],
  ['4123450000000001230', '4123450001800001230'],
].map(([first = '', second = '']) => [likeACard(first), likeACard(second)] as const)

/** Changes the seventh digit until the number passes a card's check. */
function likeACard(digits: string): string {
  for (let turn = 0; turn < 10; turn += 1) {
    const id = `${digits.slice(0, 6)}${turn}${digits.slice(7)}`
    if (passesCheck(id)) return id
  }
  throw new Error(digits)
}

function passesCheck(digits: string): boolean {
  const sum = Array.from(digits)
    .toReversed()
    .map((digit, index) => Number(digit) * (index % 2 === 0 ? 1 : 2))
    .reduce((total, value) => total + (value > 9 ? value - 9 : value), 0)
  return sum % 10 === 0
}

const SHOWN = /^\d{6}\*+\d{4}~[a-z2-7]{20}$/

describe.each(PAIRS)('order ids %s and %s', (first, second) => {
  it('are two orders at HiPay, and neither is the other’s duplicate', async () => {
    const paid = tellStory(service, 'hipay', 'told', first)
    const announced = tellStory(service, 'hipay', 'told', second)
    await paid.hipay(118, { captured: 100 })
    await announced.announce()
    expect(await announced.order()).toMatchObject({ paid: false, payments: [], paidTotal: 0 })
    await announced.hipay(118, { captured: 100, at: 30, created: 30 })
    for (const story of [paid, announced]) {
      const order = await story.order()
      expect(order).toMatchObject({ paid: true, payments: [story.reference()], netTotal: 10_000, open: [] })
      expect(order.orderId).toMatch(SHOWN)
      expect(await story.order(order.orderId)).toMatchObject({ payments: [story.reference()] })
    }
  })

  it('are two orders at Be2bill, shown as they are where the account says that they are numbers', async () => {
    const kinds = ['told', 'numeric'] as const
    for (const kind of kinds) {
      const stories = [first, second].map((id) => tellStory(service, 'be2bill', kind, id))
      for (const story of stories) await story.be2bill()
      for (const story of stories) {
        const order = await story.order()
        expect(order).toMatchObject({ payments: [story.reference()], netTotal: 10_000, open: [] })
        if (kind === 'numeric') expect(order.orderId).toBe(story.orderId)
        else expect(order.orderId).toMatch(SHOWN)
      }
    }
  })

  it('of a forwarded answer name the order they name, as a bare number too', async () => {
    const other = tellStory(service, 'hipay', 'some', first)
    const story = tellStory(service, 'hipay', 'some', second)
    await other.hipay(118, { captured: 100 })
    const body = `{"transactionReference":"${story.reference()}","status":118,"currency":"EUR","authorizedAmount":"7.00","capturedAmount":"7.00","refundedAmount":"0.00","order":{"id":${second}}}`
    await story.answer({ orderId: undefined, body })
    expect(await story.order()).toMatchObject({ payments: [story.reference()], paidTotal: 700 })
    expect(await other.order()).toMatchObject({ payments: [other.reference()], paidTotal: 10_000 })
  })

  it('as TRANSACTIONID are two captures', async () => {
    const story = tellStory(service, 'be2bill')
    await story.be2bill({ operation: 'authorization', amount: 30_000 })
    for (const TRANSACTIONID of [first, second])
      await story.be2bill({ operation: 'capture', amount: 10_000, more: { TRANSACTIONID } })
    await story.until(1_000)
    const order = await story.order()
    expect(order).toMatchObject({ paidTotal: 20_000 })
    expect(order.open.filter((found) => found.startsWith('amount'))).toEqual([])
    expect(new Set(order.payments).size).toBe(3)
  })
})

it('an id that already has the shape of a replacement is replaced again', async () => {
  const original = tellStory(service, 'hipay', 'silent', PAIRS[0]![0])
  await original.hipay(118, { captured: 100 })
  const { orderId: shown } = await original.order()
  const imitation = tellStory(service, 'hipay', 'silent', shown)
  await imitation.hipay(118, { captured: 50, authorized: 50 })
  expect(await original.order()).toMatchObject({ payments: [original.reference()], paidTotal: 10_000 })
  const { body } = await service.call('GET', `/v1/transactions/hipay/hipay-silent/${imitation.reference()}`)
  expect((body as unknown as { orderId: string }).orderId).not.toBe(shown)
})
