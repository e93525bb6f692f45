import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import { authorization, capture, refund, sale, voiding } from '../../support/be2bill-steps.ts'
import {
  beAnswered,
  counters,
  DAY,
  discrepanciesOf,
  HOUR,
  notified,
  orderOf,
  RECEIVED_AT,
  receivedAfter,
  settle,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'
import { adviceOf } from '../../support/views.ts'

/** Orders that gave back or captured more than they had. */

const late = { after: HOUR }

/** The statements as they were made about these events. */
function closedBefore(events: readonly StoredEvent[], stated: NonNullable<Circumstances['resolutions']>) {
  const shown = settle(events, late).orders[0]!.discrepancies
  return stated.map((one) => ({ ...one, covers: shown.find(({ key }) => key === one.key)!.covers }))
}

describe('excess', () => {
  test('A-10 more refunded than captured is told once a notification had its time', () => {
    const events = [sale('A1', 100), refund('A2', 100), refund('A3', 100)]
    expect(orderOf(events)).toMatchObject({ paid: false, safeToRetry: false, reason: 'unbalanced' })
    expect(discrepanciesOf(events)).toEqual([])
    expect(orderOf(events, late)).toMatchObject({ netTotal: null, paid: false, safeToRetry: false })
    expect(discrepanciesOf(events, late)).toEqual([['amount_mismatch', 100]])
    expect(orderOf(events).nextDeadlineAt).toBe(receivedAfter(15 * 60_000))
  })

  test('A-10 a payment that comes later was not refunded by what came before', () => {
    const refunds = [sale('A1', 100), refund('A2', 100), refund('A3', 100)]
    const second = sale('A4', 100, { receivedAt: receivedAfter(HOUR) })
    expect(orderOf([...refunds, second], { after: 2 * HOUR })).toMatchObject({
      paid: false,
      safeToRetry: false,
      netTotal: null,
    })
    expect(discrepanciesOf([...refunds, second], { after: 2 * HOUR })).toEqual([['amount_mismatch', 100]])
    // A refund may be notified before its payment, but not for ever.
    const soon = sale('A4', 100, { receivedAt: receivedAfter(60_000) })
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
