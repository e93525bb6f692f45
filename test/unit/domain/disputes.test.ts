import { describe, expect, test } from 'vitest'
import {
  at,
  beAnswered,
  beNotified,
  counters,
  discrepanciesOf,
  disputed,
  notified,
  transactionOf,
} from '../../support/facts.ts'
import { totalsOf } from '../../support/views.ts'

/** Money that is charged back, and that no cent is lost on the way. */

describe('disputes', () => {
  const paid = beNotified('payment', '0000', { amount: 90 })

  test('M-10 a staged dispute stands where its last stage by date left it', () => {
    const first = disputed('first_chargeback', '2026-05-02', { amount: 60 })
    expect(totalsOf([paid, first])[3]).toBe(60)
    expect(totalsOf([paid, first, disputed('representment', '2026-05-02', { amount: 60 })])[3]).toBe(0)
    expect(totalsOf([paid, first, disputed('first_cancellation', '2026-05-09')])[3]).toBe(0)
    expect(totalsOf([paid, first, disputed('representment', '2026-05-01')])[3]).toBe(60)
    const second = disputed('second_chargeback', '2026-06-01', { amount: 90 })
    expect(totalsOf([paid, first, disputed('representment', '2026-05-09'), second])[3]).toBe(90)
    expect(totalsOf([paid, first, disputed('retrieval_request', '2026-07-01')])[3]).toBe(60)
    const undated = { ...second, chargeback: { date: null, stage: null, code: null }, amount: null }
    expect(totalsOf([paid, undated])[3]).toBeNull()
    expect(totalsOf([paid, first, { ...undated, chargeback: null, amount: 5 }])[3]).toBe(60)
    const silent = { ...undated, chargeback: null }
    expect(totalsOf([paid, disputed('representment', '2026-05-02'), silent])[3]).toBeNull()
    expect(totalsOf([paid, undated, silent])[3]).toBeNull()
    const unstaged = { ...second, chargeback: { date: '2026-05-02', stage: null, code: null } }
    expect(totalsOf([paid, first, unstaged])[3]).toBe(90)
    expect(transactionOf([paid, first]).status).toBe('charged_back')
    expect(
      totalsOf([paid, undated, { ...undated, type: 'chargeback_reversed' as const }, first])[3],
    ).toBeNull()
  })

  const first = disputed('first_chargeback', '2026-05-02', { amount: 60 })
  const again = (date: string | null, amount: number | null) => {
    const fact = disputed('first_chargeback', date ?? '', { amount })
    return { ...fact, chargeback: { date, stage: 'first_chargeback' as const, code: null } }
  }

  test('M-10 first chargebacks add up, each once, dated or not', () => {
    expect(totalsOf([paid, first, again('2026-05-03', 20)])[3]).toBe(80)
    expect(totalsOf([paid, first, again(null, 20)])[3]).toBe(80)
  })

  test('M-10 a first chargeback after money was given back adds to what was left', () => {
    const whole = disputed('representment', '2026-05-03', { amount: 60 })
    const part = disputed('representment', '2026-05-03', { amount: 20 })
    expect(totalsOf([paid, first, whole, again('2026-05-04', 30)])[3]).toBe(30)
    expect(totalsOf([paid, first, part, again('2026-05-04', 30)])[3]).toBe(70)
  })

  test('M-10 money given back at no stated date lowers nothing that was taken at one', () => {
    const returned = disputed('representment', '2026-05-03', { amount: 60 })
    const undated = { ...returned, chargeback: { date: null, stage: 'representment' as const, code: null } }
    expect(totalsOf([paid, first, undated])[3]).toBe(60)
    expect(totalsOf([paid, first, { ...undated, chargeback: null }])[3]).toBe(60)
  })

  test('M-10 an amount that is not known stays unknown, whatever other stages state', () => {
    const unknown = again('2026-05-01', null)
    expect(totalsOf([paid, unknown, disputed('representment', '2026-05-03', { amount: 20 })])[3]).toBeNull()
    expect(
      totalsOf([paid, unknown, disputed('second_chargeback', '2026-05-03', { amount: 20 })])[3],
    ).toBeNull()
    expect(totalsOf([paid, unknown, disputed('representment', '2026-05-03')])[3]).toBe(0)
    expect(totalsOf([paid, { ...first, invalidAmounts: ['AMOUNT'] }])[3]).toBe(60)
    expect(totalsOf([paid, { ...first, amount: null, invalidAmounts: ['AMOUNT'] }])[3]).toBeNull()
  })

  test('M-11 without stages a whole chargeback takes what is left, parts add up, a lost dispute only repeats', () => {
    const sale = notified('118', { ...counters(90, 90), occurredAt: at(1) })
    const refund = notified('126', { ...counters(90, 90, 20), occurredAt: at(2) })
    const part = (id: string, amount: number | null) =>
      notified('180', { ...counters(90, 90, 20), operationId: id, amount })
    expect(totalsOf([sale, refund, notified('181', counters(90, 90, 20))])[3]).toBe(70)
    expect(totalsOf([sale, refund, notified('129', counters(90, 90, 20))])[3]).toBe(70)
    expect(
      totalsOf([sale, part('d1', 5), part('d2', 6), { ...part('d1', null), occurredAt: at(9) }])[3],
    ).toBe(11)
    expect(totalsOf([sale, part('d1', null)])[3]).toBeNull()
    expect(transactionOf([sale, part('d1', 5)]).status).toBe('charged_back')
    expect(transactionOf([sale, notified('134', counters(90, 90))]).status).toBe('charged_back')
    const bare = notified('180', { ...counters(90, 90), amount: 4 })
    expect(
      totalsOf([sale, bare, { ...bare, occurredAt: at(8) }, { ...bare, operationReference: 'x' }])[3],
    ).toBe(12)
    expect(totalsOf([sale, part('d1', 5), notified('134', { ...counters(90, 90), amount: 50 })])[3]).toBe(5)
    expect(totalsOf([sale, notified('134', counters(90, 90))])[3]).toBe(90)
    expect(totalsOf([sale, notified('134', { ...counters(90, 90), amount: 40 })])[3]).toBe(40)
    expect(totalsOf([sale, notified('x', { type: 'chargeback_reversed', operation: 'chargeback' })])[3]).toBe(
      0,
    )
    expect(totalsOf([notified('118'), notified('181')])[3]).toBeNull()
    const unsaid = notified('125', { authorizedTotal: 90, capturedTotal: 90 })
    expect(totalsOf([sale, unsaid, notified('181', counters(90, 90))]).slice(2)).toEqual([null, null])
  })
})

describe('conservation', () => {
  test('M-12 money that cannot have moved is told, with the excess at risk', () => {
    const paid = beNotified('payment', '0000', { amount: 50 })
    expect(
      discrepanciesOf([
        paid,
        beAnswered('refund', '0000', { reference: 'A2', parentReference: 'A1', amount: 70 }),
        beNotified('refund', '0000', { reference: 'A2' }),
      ]),
    ).toEqual([['amount_mismatch', 20]])
    expect(discrepanciesOf([notified('118', counters(50, 60))])).toEqual([['amount_mismatch', 10]])
    const refund = [
      beAnswered('refund', '0000', { reference: 'A2', parentReference: 'A1', amount: 20 }),
      beNotified('refund', '0000', { reference: 'A2' }),
    ]
    expect(
      discrepanciesOf([paid, ...refund, disputed('first_chargeback', '2026-05-01', { amount: 50 })]),
    ).toEqual([['amount_mismatch', 20]])
    const unknown = disputed('first_chargeback', '2026-05-01', { amount: null })
    const returned = beNotified('refund', '0000', { reference: 'A2', parentReference: 'A1', amount: 70 })
    expect(discrepanciesOf([paid, returned, unknown])).toEqual([['amount_mismatch', 20]])
    const refused = [
      notified('118', { ...counters(50, 50), occurredAt: at(1) }),
      notified('113', { ...counters(0), occurredAt: at(2) }),
    ]
    expect(discrepanciesOf(refused)).toEqual([['outcome_mismatch', 50]])
  })

  test('M-12 a capture tells of money on a payment that only an answer says was refused', () => {
    const events = [
      beAnswered('authorization', '4001', { amount: 100 }),
      beNotified('capture', '0000', { reference: 'A2', amount: 100 }),
      beAnswered('capture', '0000', { reference: 'A2', parentReference: 'A1', amount: 100 }),
    ]
    expect(transactionOf(events).discrepancies).toMatchObject([
      { class: 'outcome_mismatch', field: 'capturedTotal', amountAtRisk: 100 },
    ])
    // A second payment under one root that was granted is no such contradiction.
    const granted = beAnswered('payment', '0000', { reference: 'A3', parentReference: 'A1', amount: 100 })
    expect(transactionOf([events[0]!, granted]).discrepancies).toEqual([])
  })

  test('M-12 at risk of a disputed payment that was declined is the largest stage, if all are known', () => {
    const declined = beNotified('payment', '4001', { amount: 50 })
    const stages = (...amounts: (number | null)[]) =>
      amounts.map((amount, day) => disputed('first_chargeback', `2026-05-0${day + 1}`, { amount }))
    const atRisk = (...amounts: (number | null)[]) =>
      discrepanciesOf([declined, ...stages(...amounts)]).filter(([found]) => found === 'outcome_mismatch')
    expect(atRisk(30, 20)).toEqual([['outcome_mismatch', 30]])
    expect(atRisk(30, null)).toEqual([['outcome_mismatch', null]])
    expect(atRisk(null)).toEqual([['outcome_mismatch', null]])
  })

  test('M-12 a step or a dispute whose payment we never saw is no excess', () => {
    expect(discrepanciesOf([beNotified('refund', '0000', { amount: 70 })])).toEqual([])
    expect(discrepanciesOf([disputed('first_chargeback', '2026-05-01', { amount: 50 })])).toEqual([])
  })
})
