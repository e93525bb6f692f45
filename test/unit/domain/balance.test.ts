import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/transaction.ts'
import {
  adviceOf,
  at,
  beAnswered,
  beNotified,
  counters,
  DAY,
  discrepanciesOf,
  expected,
  HOUR,
  notified,
  orderOf,
  RECEIVED_AT,
  settle,
  transactionOf,
} from '../../support/facts.ts'
import type { Circumstances, Given } from '../../support/facts.ts'

/** Orders balance: what unlinked steps use up and give back, what stands, and what exceeds. */

const step =
  (operation: string) =>
  (reference: string, amount: number | null, given: Given = {}): StoredEvent =>
    beNotified(operation, '0000', { reference, amount, ...given })
const [sale, authorization, capture, refund, voiding] = [
  step('payment'),
  step('authorization'),
  step('capture'),
  step('refund'),
  step('void'),
]
const after = (ms: number): string => new Date(Date.parse(RECEIVED_AT) + ms).toISOString()
const late = { after: HOUR }

describe('excess', () => {
  test('A-10 more refunded than captured is told once a notification had its time', () => {
    const events = [sale('A1', 100), refund('A2', 100), refund('A3', 100)]
    expect(orderOf(events)).toMatchObject({ paid: false, safeToRetry: false, reason: 'unbalanced' })
    expect(discrepanciesOf(events)).toEqual([])
    expect(orderOf(events, late)).toMatchObject({ netTotal: null, paid: false, safeToRetry: false })
    expect(discrepanciesOf(events, late)).toEqual([['amount_mismatch', 100]])
    expect(orderOf(events).nextDeadlineAt).toBe(after(15 * 60_000))
  })

  test('A-10 a payment that comes later was not refunded by what came before', () => {
    const refunds = [sale('A1', 100), refund('A2', 100), refund('A3', 100)]
    const second = sale('A4', 100, { receivedAt: after(HOUR) })
    expect(orderOf([...refunds, second], { after: 2 * HOUR })).toMatchObject({
      paid: false,
      safeToRetry: false,
      netTotal: null,
    })
    expect(discrepanciesOf([...refunds, second], { after: 2 * HOUR })).toEqual([['amount_mismatch', 100]])
    // A refund may be notified before its payment, but not for ever.
    const soon = sale('A4', 100, { receivedAt: after(60_000) })
    expect(orderOf([...refunds, soon], late)).toMatchObject({ netTotal: 0, reason: 'nothing_stands' })
  })

  test('A-10 more captured than authorized', () => {
    const events = [authorization('A1', 100), capture('A2', 100), capture('A3', 100)]
    expect(discrepanciesOf(events, late)).toEqual([['amount_mismatch', 100]])
    expect(orderOf(events, late)).toMatchObject({ paid: false, safeToRetry: false, netTotal: null })
    expect(discrepanciesOf([authorization('A1', 100), capture('A2', 60), capture('A3', 40)], late)).toEqual(
      [],
    )
    expect(discrepanciesOf([capture('A2', 60)], late)).toEqual([])
  })

  test('A-10 closed by an operator, an excess lowers nothing', () => {
    const events = [sale('A1', 100), refund('A2', 70), refund('A3', 50)]
    const resolutions = [{ key: 'amount_mismatch|refundedTotal|order:O1', outcome: null, at: RECEIVED_AT }]
    expect(orderOf(events, { ...late, resolutions })).toMatchObject({
      netTotal: 0,
      discrepancies: [],
      reason: 'nothing_stands',
    })
    const more = refund('A4', 10)
    expect(
      discrepanciesOf([...events, more], { ...late, resolutions: closedBefore(events, resolutions) }),
    ).toEqual([['amount_mismatch', 30]])
  })

  test('A-10 a void without a link lowers the only payment that holds as much', () => {
    expect(orderOf([sale('A1', 100), voiding('A2', 100)], late)).toMatchObject({
      netTotal: 0,
      safeToRetry: true,
    })
    expect(adviceOf([authorization('A1', 100), voiding('A2', 100)], late)).toBe('nothing_stands')
    expect(adviceOf([authorization('A1', 100), voiding('A2', 40)], late)).toBe('transaction_authorized')
    const one = [sale('A1', 100), sale('A2', 40), voiding('A3', 100)]
    expect(orderOf(one, late)).toMatchObject({ netTotal: 40, paid: true })
    expect(discrepanciesOf(one, late)).toEqual([])
    const either = [sale('A1', 100), sale('A2', 100), voiding('A3', 100)]
    expect(discrepanciesOf(either, late)).toEqual([
      ['amount_mismatch', 100],
      ['duplicate_payment', 100],
    ])
    expect(orderOf(either, late)).toMatchObject({ netTotal: null, paid: false, safeToRetry: false })
    expect(discrepanciesOf([sale('A1', 100), voiding('A2', 200)], late)).toEqual([['amount_mismatch', 200]])
    expect(orderOf([sale('A1', 100), voiding('A2', null)], late)).toMatchObject({ netTotal: null })
  })

  test('A-10 leaves out what its payment told already', () => {
    const over = notified('118', counters(50, 60))
    expect(discrepanciesOf([over], late)).toEqual([['amount_mismatch', 10]])
    const refunds = [notified('118', counters(50, 50)), notified('126', counters(50, 50, 70))]
    expect(discrepanciesOf(refunds, late)).toEqual([['amount_mismatch', 20]])
  })

  test('A-10 unlinked steps whose payment is not known set no retry free', () => {
    expect(adviceOf([refund('A2', 100)], { after: DAY })).toBe('unbalanced')
    expect(orderOf([capture('A1', 100), refund('A2', 100)], { after: DAY })).toMatchObject({
      netTotal: 0,
      paid: false,
      discrepancies: [],
    })
  })

  test('A-10 what an unlinked refund gives back of captures without a link is theirs', () => {
    const events = [authorization('A1', 100), capture('A2', 100), refund('A3', 100)]
    expect(orderOf(events, late)).toMatchObject({ netTotal: 0, reason: 'nothing_stands', discrepancies: [] })
    const two = [...events, sale('A4', 30)]
    expect(orderOf(two, late)).toMatchObject({ netTotal: 30, paid: true })
    const linked = beAnswered('refund', '0000', { reference: 'A3', parentReference: 'A2', amount: 100 })
    expect(orderOf([...events, linked], late)).toMatchObject({ netTotal: 0, reason: 'nothing_stands' })
  })

  test('A-10 of a capture without a link that gave back an unknown amount, nothing explains a void', () => {
    const events = [
      authorization('A1', 100),
      capture('A2', 100),
      refund('A3', null, { parentReference: 'A2' }),
      voiding('A4', 80),
    ]
    expect(orderOf(events, late)).toMatchObject({ netTotal: null, paid: false, safeToRetry: false })
  })

  test('A-10 a step of unknown amount leaves the net unknown', () => {
    expect(adviceOf([sale('A1', 100), refund('A2', null)], late)).toBe('amount_unknown')
    expect(orderOf([sale('A1', 100), refund('A2', null)]).reasonSources).toEqual([
      { kind: 'transaction', id: 'A2' },
    ])
  })
})

/** The statements as they were made about these events. */
function closedBefore(events: readonly StoredEvent[], stated: NonNullable<Circumstances['resolutions']>) {
  const shown = settle(events, late).orders[0]!.discrepancies
  return stated.map((one) => ({ ...one, covers: shown.find(({ key }) => key === one.key)!.covers }))
}

describe('voids that name their payment', () => {
  const linked = (reference: string, parentReference: string, amount: number | null) => [
    voiding(reference, amount),
    beAnswered('void', '0000', { reference, parentReference, amount }),
  ]

  test('F-7 a Be2bill void ends what is not captured, else takes back what is', () => {
    expect(orderOf([sale('A1', 100), ...linked('A2', 'A1', 100)])).toMatchObject({
      netTotal: 0,
      paid: false,
      reason: 'nothing_stands',
    })
    expect(orderOf([sale('A1', 100), ...linked('A2', 'A1', 30)])).toMatchObject({ netTotal: 70, paid: true })
    expect(adviceOf([authorization('A1', 100), ...linked('A2', 'A1', null)])).toBe('nothing_stands')
    expect(adviceOf([authorization('A1', 100), ...linked('A2', 'A1', 40)])).toBe('authorization_open')
    const two = [sale('A1', 100), sale('A2', 40), ...linked('A3', 'A2', 40)]
    expect(discrepanciesOf(two)).toEqual([])
    expect(orderOf([sale('A1', null), ...linked('A2', 'A1', 40)]).reason).toBe('amount_unknown')
    // Without an amount it takes back all that is held.
    expect(orderOf([sale('A1', 100), ...linked('A2', 'A1', null)])).toMatchObject({
      netTotal: 0,
      reason: 'nothing_stands',
    })
    const refunded = refund('A3', 30, { parentReference: 'A1' })
    expect(orderOf([sale('A1', 100), refunded, ...linked('A2', 'A1', null)])).toMatchObject({ netTotal: 0 })
    // What a refund of unknown amount left to take back is not known either.
    const vague = refund('A3', null, { parentReference: 'A1' })
    expect(orderOf([sale('A1', 100), vague, ...linked('A2', 'A1', 100)])).toMatchObject({
      netTotal: null,
      safeToRetry: false,
    })
  })
})

describe('authorizations that stand', () => {
  test('A-11 what is authorized and not captured forbids a retry', () => {
    expect(orderOf([notified('118', counters(100, 0))])).toMatchObject({
      reason: 'authorization_open',
      reasonSources: [{ kind: 'transaction', id: 'T1' }],
    })
    const partly = [
      notified('118', counters(100, 30)),
      notified('126', { ...counters(100, 30, 30), occurredAt: at(9) }),
    ]
    expect(adviceOf(partly)).toBe('authorization_open')
    for (const code of ['114', '115', '143'])
      expect(adviceOf([...partly, notified(code, counters(100, 30, 30))]), code).toBe('nothing_stands')
    expect(adviceOf([notified('116', counters(100))])).toBe('transaction_authorized')
  })

  test('A-11 unlinked captures of the order use it up', () => {
    const all = [authorization('A1', 100), capture('A2', 100), refund('A3', 100)]
    expect(adviceOf(all)).toBe('nothing_stands')
    const some = [authorization('A1', 100), capture('A2', 30), refund('A3', 30)]
    expect(adviceOf(some)).toBe('transaction_authorized')
  })

  test('A-11 after thirty days it is told, if nothing else forbids a retry, until an operator closes it', () => {
    const events = [notified('116', counters(100))]
    expect(discrepanciesOf(events, { after: 30 * DAY - 1 })).toEqual([])
    expect(discrepanciesOf(events, { after: 30 * DAY })).toEqual([['authorization_open', 100]])
    const key = 'authorization_open||order:O1:authorization:T1'
    const resolutions = [{ key, outcome: null, at: RECEIVED_AT }]
    expect(orderOf(events, { after: 30 * DAY, resolutions })).toMatchObject({
      reason: 'nothing_stands',
      discrepancies: [],
    })
    const held = [...events, notified('118', { ...counters(50, 50), reference: 'T2' })]
    expect(orderOf(held, { after: 30 * DAY }).discrepancies.map((found) => found.class)).toEqual([
      'duplicate_payment',
    ])
    expect(orderOf(events).nextDeadlineAt).toBe(after(30 * DAY))
  })

  test('A-11 an authorization of unknown amount stands', () => {
    expect(adviceOf([notified('116')])).toBe('transaction_authorized')
    const unknown = [
      notified('118', { capturedTotal: 50 }),
      notified('125', { capturedTotal: 50, refundedTotal: 50 }),
    ]
    expect(adviceOf(unknown)).toBe('authorization_open')
  })

  test('A-8 a requested capture of unknown outcome forbids a retry', () => {
    const open = notified('117', { ...counters(100, 100), occurredAt: at(1) })
    for (const code of ['114', '115']) {
      const events = [
        notified('116', counters(100)),
        open,
        notified(code, { ...counters(100, 100), occurredAt: at(5) }),
      ]
      expect(orderOf(events), code).toMatchObject({
        paid: false,
        reason: 'request_of_unknown_outcome',
        reasonSources: [{ kind: 'message', id: open.inboxId }],
      })
      expect(transactionOf(events).capturedTotal, code).toBe(0)
      expect(discrepanciesOf(events, late), code).toEqual([['missing_notification', null]])
    }
  })
})

describe('currencies and instalments', () => {
  test('A-4 a refund in another currency makes the net unknown', () => {
    const events = [sale('A1', 100), refund('A2', 40, { currency: 'USD' })]
    expect(orderOf(events)).toMatchObject({
      netTotal: null,
      currency: null,
      reason: 'amount_unknown',
      paid: false,
    })
    const linked = beAnswered('refund', '0000', {
      reference: 'A2',
      parentReference: 'A1',
      amount: 40,
      currency: 'USD',
    })
    expect(orderOf([...events, linked])).toMatchObject({ netTotal: null, paid: false })
  })

  test('X-6 a duplicate over two currencies has no sum', () => {
    const events = [sale('A1', 100), sale('A2', 40, { currency: 'USD' })]
    expect(orderOf(events).discrepancies).toMatchObject([{ class: 'duplicate_payment', amountAtRisk: null }])
  })

  const instalment = (index: number, code = '0000', given: Given = {}) =>
    beNotified('payment', code, {
      reference: `A${index}`,
      amount: 333,
      schedule: { index, total: 3 },
      ...given,
    })
  const announced = { expectations: [expected({ amount: 999, channel: 'hosted' })] }

  test('X-5 a plan is compared at its last instalment, at a refused one, or when it exceeds', () => {
    expect(discrepanciesOf([instalment(1)], announced)).toEqual([])
    expect(discrepanciesOf([instalment(1), instalment(2)], announced)).toEqual([])
    expect(discrepanciesOf([instalment(1), instalment(2), instalment(3)], announced)).toEqual([])
    expect(orderOf([instalment(1), instalment(2), instalment(3)], announced).paid).toBe(true)
    expect(discrepanciesOf([instalment(1), instalment(2, '4001')], announced)).toEqual([
      ['amount_mismatch', 666],
    ])
    expect(discrepanciesOf([instalment(1), instalment(3)], announced)).toEqual([['amount_mismatch', 333]])
    const dear = instalment(3, '0000', { amount: 400 })
    expect(discrepanciesOf([instalment(1), instalment(2), dear], announced)).toEqual([
      ['amount_mismatch', 67],
    ])
  })

  test('X-7 an ordinary payment that replaced a refused instalment is no duplicate', () => {
    const replaced = [instalment(1), instalment(2), instalment(3, '4001'), sale('A9', 333)]
    expect(discrepanciesOf(replaced, announced)).toEqual([])
    expect(discrepanciesOf(replaced)).toEqual([])
    expect(discrepanciesOf([...replaced, sale('A10', 333)])).toEqual([['duplicate_payment', 333]])
    expect(discrepanciesOf([instalment(3, '4001'), sale('A9', 333), sale('A10', 333)])).toEqual([
      ['duplicate_payment', 333],
    ])
  })

  test('X-6 payments that stay within the announced amount are no duplicates', () => {
    expect(discrepanciesOf([sale('A1', 500), sale('A2', 499)], announced)).toEqual([])
    expect(discrepanciesOf([sale('A1', 500), sale('A2', 500)], announced)).toEqual([
      ['duplicate_payment', 500],
    ])
    const foreign = { expectations: [expected({ amount: 999, currency: 'USD', channel: 'hosted' })] }
    expect(discrepanciesOf([sale('A1', 500), sale('A2', 499)], foreign)).toContainEqual([
      'duplicate_payment',
      499,
    ])
  })
})
