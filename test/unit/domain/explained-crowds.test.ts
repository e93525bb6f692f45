import { describe, expect, it } from 'vitest'
import { explain } from '../../../src/domain/explain/explain.ts'
import type { EventType } from '../../../src/domain/event/vocabulary.ts'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import { linked, paid, second, told } from '../../support/deciding.ts'
import type { History } from '../../support/deciding.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  expected,
  HOUR,
  inputFrom,
  RECEIVED_AT,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'

/** Explanations of more messages than are tried one by one, and their form. */

describe('of more messages than are tried', () => {
  /** Of another payment: they only make the set too large to try every explanation. */
  const crowd = Array.from({ length: 300 }, (_, moment) =>
    second('103', moment, { reference: 'T9', orderId: null }),
  )
  const byRules = (history: History, given: Circumstances = {}, reference = 'T1') =>
    told(history, given, reference, crowd)

  const authorized = second('116', 1, counters(90))
  const capture = second('118', 1, counters(90, 90))
  const refund = second('126', 2, counters(90, 90, 20))
  const refused = second('113', 2, counters(0))
  const open = second('142', 1)
  const page = answered('140')
  const statuses: [status: string, history: History][] = [
    ['S-1: capture | answer S-1', { capture, answer: answered('118', counters(90, 90)) }],
    ['S-3: authorized part', { authorized, part: second('118', 2, counters(90, 20)) }],
    ['S-3: capture refund', { capture, refund }],
    ['S-1: capture whole', { capture, whole: second('125', 2, counters(90, 90, 90)) }],
    ['S-1: dispute | capture S-1', { capture, dispute: second('181', 3, counters(90, 90)) }],
    ['S-1: refused | authorized S-1', { authorized, refused }],
    ['S-1: ended | authorized S-1', { authorized, ended: second('115', 2, counters(90)) }],
    ['S-1: ended | authorized S-1', { authorized, ended: second('114', 2, counters(90)) }],
    ['S-1: authorized | noted F-8', { authorized, noted: second('120', 3) }],
    ['S-1: failed | page S-1', { page, failed: second('x', 1, { type: 'failed', operation: 'sale' }) }],
    ['S-1: unsaid | page S-1', { page, unsaid: answered('x', { type: 'not_processed', operation: 'sale' }) }],
    ['S-1: open | page S-1', { page, open }],
    ['S-1: held | open S-1', { open, held: second('112', 2) }],
    ['S-1: page', { page }],
    ['S-1: created | noted F-8', { created: second('101', 1, { type: 'created' }), noted: second('103', 2) }],
    ['S-4: credit', { credit: second('166', 1) }],
    ['S-1:  | strange F-9', { strange: second('188', 1) }],
  ]

  it.each(statuses)('the status rests on %s', (status, history) => {
    expect(byRules(history).status).toBe(status)
  })

  it('so do totals, traits and the order', () => {
    const answer = answered('116', { ...counters(90), currency: 'EUR', orderId: 'O1' })
    const bare = second('118', 1, { ...counters(90, 90), currency: null, orderId: null })
    expect(byRules({ answer, bare, refund: { ...refund, currency: null, orderId: null } })).toMatchObject({
      authorizedTotal: 'J-10: refund | answer J-10, bare J-10',
      capturedTotal: 'M-2: bare | answer M-2, refund M-2',
      refundedTotal: 'M-2: refund | answer M-2, bare M-2',
      currency: 'F-11: answer',
      orderId: 'I-6: answer',
      fraud: 'F-11: ',
    })
    const call = cutOff({ parentReference: 'T1', operation: 'refund' })
    expect(byRules({ open: second('142', 1, counters(50)) }).authorizedTotal).toBe('J-10: open')
    expect(byRules({ bare, call }).orderId).toBe('I-6: call')
    expect(byRules({ bare }).orderId).toBe('I-6: ')
  })

  it('so do the words of an operation', () => {
    const answer = beAnswered('payment', '0000', { amount: 50 })
    const expectations = [expected({ operation: 'refund', parentReference: 'A1', amount: 7 })]
    const fields = byRules({ answer, paid: { ...paid, amount: null } }, { expectations }, 'A1')
    expect(fields).toMatchObject({
      'operations[0].outcome': 'F-3: paid | answer F-3',
      'operations[0].amount': 'M-8: answer',
      'operations[0].reconciliation': 'W-1: answer paid',
      'operations[0].response': 'F-5: answer',
      'operations[0].notification': 'F-3: paid',
      'operations[1].outcome': 'R-10: announced',
      'operations[1].amount': 'R-10: announced',
      'operations[1].reconciliation': 'R-10: announced',
      'operations[1].response': 'F-3: ',
      'operations[1].notification': 'F-3: ',
    })
    expect(byRules({ paid }, {}, 'A1')['operations[0].amount']).toBe('M-8: paid')
  })

  it('so does what the order contradicts; what can only be tried names no source', () => {
    const asked = beNotified('payment', '0003')
    const other = beNotified('payment', '0000', { reference: 'A2', amount: 30 })
    expect(byRules({ asked, paid, other }, {}, 'A1').reconciliation).toBe('X-6: paid | asked X-6')
    expect(byRules({ asked, paid }, { after: DAY }, 'A1').reconciliation).toBe('W-5:  | asked W-5, paid W-5')
    const stray = second('120', 2, { currency: 'USD' })
    expect(byRules({ capture, stray })['discrepancies[0]']).toBe('X-1: ')
    expect(byRules({ page }, { after: 2 * DAY }).overdue).toBe('D-2: ')
  })

  it('is said of 301, not of 300', () => {
    const triedOf = (count: number) => explain(inputFrom(crowd.slice(0, count)), 'T9')?.tried
    expect([triedOf(300), explain(inputFrom([...crowd, capture]), 'T1')?.tried]).toEqual([true, false])
  })
})

describe('an explanation', () => {
  it('has the values of the transaction, each discrepancy its own', () => {
    const capture = second('118', 1, { ...counters(40, 50), operationId: 'c1', amount: 20, currency: 'USD' })
    const granted = second('116', 0, counters(40))
    const { fields, ...about } = explain(inputFrom([granted, capture]), 'T1')!
    expect(about).toEqual({ provider: 'hipay', account: 'shop', reference: 'T1', tried: true })
    const valueOf = (name: string) => fields.find(({ field }) => field === name)?.value
    expect(['status', 'capturedTotal', 'overdue'].map(valueOf)).toEqual(['captured', 50, false])
    expect(valueOf('discrepancies[0]')).toMatchObject({ class: 'amount_mismatch', amountAtRisk: 10 })
    expect(valueOf('discrepancies[1]')).toMatchObject({ class: 'currency_mismatch', amountAtRisk: 50 })
    expect(valueOf('fraud')).toBeNull()
  })

  it('says of a step that did not happen, or that no call began, that nothing came of it', () => {
    const outcomeOf = (events: readonly StoredEvent[], given: Circumstances = {}) =>
      explain(inputFrom(events, given), 'A1')?.fields.find(({ field }) => field === 'operations[1].outcome')
    const refused = beNotified('payment', '4001')
    const capture = beAnswered('capture', '0000', linked('A2', 5))
    expect(outcomeOf([refused, capture])).toMatchObject({ value: 'none', rule: { id: 'F-5' } })
    const expectations = [expected({ id: 'e1', operation: 'refund', parentReference: 'A1' })]
    const key = 'missing_response||transaction:A1:refund:expected:e1'
    const resolutions = [{ key, outcome: 'not_processed' as const, at: RECEIVED_AT }]
    expect(outcomeOf([paid], { expectations, resolutions, after: DAY })).toMatchObject({
      value: 'none',
      rule: { id: 'R-10' },
    })
  })

  it('shows each source with everything that finds the message again', () => {
    const granted = second('116', 1)
    const [first] = explain(inputFrom([granted]), 'T1')!.fields
    const type: EventType = 'authorized'
    expect(first).toEqual({
      field: 'status',
      value: 'authorized',
      rule: { id: 'S-1', name: 'the first status that holds' },
      decidedBy: [
        {
          kind: 'event',
          eventId: granted.id,
          inboxId: granted.inboxId,
          witness: 'notification',
          type,
          providerCode: '116',
          occurredAt: at(1),
          receivedAt: RECEIVED_AT,
        },
      ],
      outranked: [],
    })
  })

  it('names the statement and the announcement that decided, as they are stored', () => {
    const key = 'missing_notification||transaction:A1:initial:A1'
    const resolutions = [{ key, outcome: 'not_processed' as const, at: RECEIVED_AT }]
    const expectations = [expected({ operation: 'refund', parentReference: 'A1' })]
    const answer = beAnswered('payment', '0000', { amount: 50 })
    const { fields } = explain(inputFrom([answer], { after: HOUR, resolutions, expectations }), 'A1')!
    const decidedBy = (name: string) => fields.find(({ field }) => field === name)?.decidedBy
    expect(decidedBy('operations[0].outcome')).toContainEqual({ kind: 'resolution', key, at: RECEIVED_AT })
    expect(decidedBy('operations[1].outcome')).toEqual([{ kind: 'expectation', id: expectations[0]!.id }])
  })

  it('lists a repeated fact as outranked by the first telling of it; an equal call is no repetition', () => {
    const granted = second('116', 1)
    const again = { ...granted, id: 'again', receivedAt: '2026-04-02T00:00:00.000Z' }
    expect(told({ granted, again })['operations[0].outcome']).toBe('F-3: granted | again F-2')
    expect(told({ granted, again }).currency).toBe('F-11: granted | again F-2')
    const calls = { first: cutOff(), other: cutOff() }
    expect(told({ granted, ...calls })['operations[0].outcome']).toBe('F-3: granted | first F-3')
  })

  it('of an absorbed reference is that of its root, and of an unknown one there is none', () => {
    const capture = beAnswered('capture', '0000', linked('A2', 50))
    const other = beNotified('payment', '0000', { reference: 'A0' })
    const referenceOf = (reference: string) =>
      explain(inputFrom([other, paid, capture]), reference)?.reference
    expect(['A0', 'A1', 'A2'].map(referenceOf)).toEqual(['A0', 'A1', 'A1'])
    expect(explain(inputFrom([paid]), 'A3')).toBeNull()
  })
})
