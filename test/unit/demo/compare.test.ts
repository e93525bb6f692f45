import { describe, expect, it } from 'vitest'
import type { Belief, TransactionView } from '../../../src/demo/belief.ts'
import { differencesOfAnswers, differencesOfBelief } from '../../../src/demo/compare.ts'
import type { DiscrepancyClass } from '../../../src/domain/transaction.ts'
import type { Expectation, Step } from '../../../src/demo/scenario.ts'

/** `npm run demo` exits 1 exactly when these functions find a difference. */

const view: TransactionView = {
  reference: 'A1',
  status: 'captured',
  reconciliation: 'discrepant',
  currency: 'EUR',
  authorizedTotal: 5_000,
  capturedTotal: 5_000,
  refundedTotal: null,
  discrepancies: [
    { class: 'outcome_mismatch', resolvedAt: null },
    { class: 'missing_notification', resolvedAt: '2026-04-01T10:00:00Z' },
  ],
  events: 2,
}
const belief: Belief = {
  transactions: [view],
  known: [],
  order: {
    paid: true,
    safeToRetry: false,
    discrepancies: [{ class: 'duplicate_payment', resolvedAt: null }],
  },
}
const transaction = {
  reference: 'A1',
  status: 'captured',
  reconciliation: 'discrepant',
  totals: { authorizedTotal: 5_000, capturedTotal: 5_000, refundedTotal: null },
  discrepancies: ['outcome_mismatch'],
  events: 2,
} as const
const order = { orderId: 'O1', paid: true, safeToRetry: false, discrepancies: ['duplicate_payment'] } as const
const expected: Expectation = { transactions: [transaction], unknown: ['A2'], order }

describe('what is believed', () => {
  it('does not differ when everything is as promised', () => {
    expect(differencesOfBelief(expected, belief)).toEqual([])
  })

  it.each([
    ['status', { ...expected, transactions: [{ ...transaction, status: 'declined' }] }],
    ['reconciliation', { ...expected, transactions: [{ ...transaction, reconciliation: 'matched' }] }],
    ['capturedTotal', { ...expected, transactions: [{ ...transaction, totals: { capturedTotal: 4_999 } }] }],
    ['refundedTotal', { ...expected, transactions: [{ ...transaction, totals: { refundedTotal: 0 } }] }],
    ['discrepancies', { ...expected, transactions: [{ ...transaction, discrepancies: [] }] }],
    ['events', { ...expected, transactions: [{ ...transaction, events: 3 }] }],
    ['reference', { ...expected, transactions: [{ ...transaction, reference: 'A9' }] }],
    ['paid', { ...expected, order: { ...order, paid: false } }],
    ['safeToRetry', { ...expected, order: { ...order, safeToRetry: true } }],
    ['O1 discrepancies', { ...expected, order: { ...order, discrepancies: [] } }],
  ] as [string, Expectation][])('differs in the %s alone', (word, other) => {
    const differences = differencesOfBelief(other, belief)
    expect(differences).toEqual([expect.stringContaining(word)])
    expect(differences[0]).toMatch(/expected .*, got /)
  })

  it('expects no open discrepancy unless the scenario names one', () => {
    const { discrepancies: _none, ...silent } = transaction
    expect(differencesOfBelief({ transactions: [silent] }, belief)).toHaveLength(1)
  })

  it('compares what is open anywhere when a scenario says so, and then asks no transaction', () => {
    const anywhere = (discrepancies: DiscrepancyClass[]): Expectation => ({
      transactions: [{ ...transaction, discrepancies: null }],
      discrepancies,
    })
    expect(differencesOfBelief(anywhere(['duplicate_payment', 'outcome_mismatch']), belief)).toEqual([])
    expect(differencesOfBelief(anywhere(['outcome_mismatch']), belief)).toEqual([
      'discrepancies: expected outcome_mismatch, got duplicate_payment outcome_mismatch',
    ])
    expect(differencesOfBelief(anywhere([]), belief)).toHaveLength(1)
  })

  it('differs when something is missing, or is known that should not be', () => {
    const nothing: Belief = { transactions: [null], known: ['A2'], order: null }
    expect(differencesOfBelief(expected, nothing)).toHaveLength(3)
  })
})

describe('what is answered', () => {
  const step = (answers: number): Step => ({ send: 'notification', says: '118', fields: {}, answers })

  it('is exact, body included', () => {
    expect(differencesOfAnswers(step(200), [{ status: 200, body: 'OK' }])).toEqual([])
    expect(differencesOfAnswers(step(200), [{ status: 200, body: 'OK\n' }])).toHaveLength(1)
    expect(differencesOfAnswers(step(200), [{ status: 503, body: 'OK' }])).toHaveLength(1)
    expect(differencesOfAnswers(step(401), [{ status: 200, body: 'OK' }])).toHaveLength(1)
    expect(differencesOfAnswers(step(401), [{ status: 401, body: '{}' }])).toEqual([])
  })

  it('counts every delivery', () => {
    const answers = [
      { status: 200, body: 'OK' },
      { status: 500, body: 'OK' },
    ]
    expect(differencesOfAnswers(step(200), answers)).toHaveLength(1)
  })
})
