import { describe, expect, test } from 'vitest'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  notified,
  orderOf,
  settle,
} from '../../support/facts.ts'
import { sale } from '../../support/be2bill-steps.ts'

/** What forbids another try, named so that a person can look it up. */

describe('the sources of an answer about a retry', () => {
  const answerOf = (...args: Parameters<typeof orderOf>): string[] => {
    const { reason, reasonSources } = orderOf(...args)
    return [reason, ...reasonSources.map(({ kind, id }) => `${kind} ${id}`)]
  }

  test('A-9 are the transactions, messages and discrepancies behind it', () => {
    const nameless = beNotified('refund', '0000', { reference: null, amount: 5 })
    const refund = beNotified('refund', '0000', { reference: 'A2', amount: 80 })
    const contradicted = [
      answered('116', { ...counters(50), occurredAt: at(1) }),
      notified('113', { ...counters(0), occurredAt: at(2) }),
    ]
    const calls = [cutOff({ amount: 1 }), cutOff({ amount: 2 })]
    expect(answerOf([notified('113')])).toEqual(['nothing_stands'])
    expect(answerOf([sale('A1', null)])).toEqual(['amount_unknown', 'transaction A1'])
    expect(answerOf([sale('A1', 5), nameless])).toEqual(['amount_unknown', `message ${nameless.inboxId}`])
    expect(answerOf([sale('A1', 50), refund])).toEqual(['unbalanced', 'transaction A1', 'transaction A2'])
    expect(answerOf([notified('101', { type: 'created' })])).toEqual([
      'transaction_created',
      'transaction T1',
    ])
    expect(answerOf([notified('113'), notified('188')])).toEqual(['unrecognized_event', 'transaction T1'])
    expect(answerOf(contradicted)).toEqual([
      'outcome_mismatch',
      'discrepancy outcome_mismatch||transaction:T1:initial:T1',
    ])
    expect(answerOf(calls)).toEqual([
      'request_of_unknown_outcome',
      ...calls.map(({ inboxId }) => `message ${inboxId}`),
    ])
  })

  test('A-7 not where a step under another order may have given the money of this payment back', () => {
    const answersOf = (events: Parameters<typeof settle>[0]) =>
      settle(events).orders.map(({ orderId, reason, reasonSources }) => [orderId, reason, ...reasonSources])
    const ofT1 = { kind: 'transaction', id: 'T1' }
    const refunded = [
      notified('118', { ...counters(50, 50), occurredAt: at(1) }),
      notified('125', { ...counters(50, 50, 50), orderId: 'O2', occurredAt: at(2) }),
    ]
    expect(answersOf(refunded)[0]).toEqual(['O1', 'order_mismatch', ofT1])
    const ended = beNotified('void', '0000', {
      reference: 'A2',
      parentReference: 'A1',
      amount: 50,
      orderId: 'O2',
    })
    expect(answersOf([sale('A1', 50), ended])[0]).toEqual([
      'O1',
      'order_mismatch',
      { kind: 'transaction', id: 'A1' },
    ])
    const refused = [notified('113'), notified('113', { orderId: 'O2', occurredAt: at(2) })]
    expect(answersOf(refused)[0]).toEqual(['O1', 'nothing_stands'])
  })

  test('A-8 not while a refund has no known outcome, nor a void that only the merchant says was done', () => {
    const refund = beNotified('refund', '0000', { reference: 'A2', parentReference: 'A1', amount: 50 })
    const open = beAnswered('refund', '5004', { reference: 'A3', parentReference: 'A1', amount: 10 })
    expect(answerOf([sale('A1', 50), refund])).toEqual(['nothing_stands'])
    expect(answerOf([sale('A1', 50), refund, open])).toEqual([
      'request_of_unknown_outcome',
      `message ${open.inboxId}`,
    ])
    const granted = notified('116', { ...counters(50), occurredAt: at(1) })
    const asked = notified('175', { ...counters(50), occurredAt: at(2) })
    const told = answered('115', { ...counters(50), occurredAt: at(3) })
    const expired = notified('114', { ...counters(50), occurredAt: at(4) })
    expect(answerOf([granted, asked, told, expired])[0]).toBe('request_of_unknown_outcome')
    expect(answerOf([granted, told, expired])[0]).toBe('nothing_stands')
  })

  test('A-8 not where a step that states no time may be the result of another call', () => {
    const step = (operation: string, reference: string, given = {}) =>
      beNotified(operation, '0000', {
        reference,
        parentReference: 'A1',
        amount: 50,
        occurredAt: null,
        ...given,
      })
    const call = (operation: 'capture' | 'void') =>
      cutOff({ provider: 'be2bill', operation, parentReference: 'A1', amount: 50 })
    const granted = beNotified('authorization', '0000', { amount: 50 })
    const [captureCall, voidCall] = [call('capture'), call('void')]
    const doubtful = (inboxId: string) => ['request_of_unknown_outcome', `message ${inboxId}`]
    const captured = [granted, step('capture', 'A2'), step('refund', 'A3')]
    expect(answerOf(captured)).toEqual(['nothing_stands'])
    expect(answerOf([...captured, captureCall])).toEqual(doubtful(captureCall.inboxId))
    const voided = [granted, step('void', 'A2')]
    expect(answerOf(voided)).toEqual(['nothing_stands'])
    expect(answerOf([...voided, voidCall])).toEqual(doubtful(voidCall.inboxId))
    expect(answerOf([...voided, voidCall], { policy: { responses: 'expected' } })).toEqual(['nothing_stands'])
    const timed = step('void', 'A2', { operationAt: voidCall.receivedAt })
    expect(answerOf([granted, timed, voidCall])).toEqual(['nothing_stands'])
  })
})
