import { describe, expect, it } from 'vitest'
import { differencesOfAnswers, differencesOfState } from '../../../src/demo/compare.ts'
import type { Expectation, Input } from '../../../src/demo/scenario.ts'
import type { DiscrepancyState, State, TransactionState } from '../../../src/demo/state.ts'
import type { DiscrepancyClass } from '../../../src/domain/reconciliation/discrepancy-classes.ts'

/** `npm run demo` exits 1 exactly when these functions find a difference. */

const discrepancy = (found: DiscrepancyClass, other: Partial<DiscrepancyState> = {}): DiscrepancyState => ({
  id: found,
  version: 1,
  class: found,
  resolvedAt: null,
  ...other,
})
const got: TransactionState = {
  reference: 'A1',
  status: 'captured',
  reconciliation: 'discrepant',
  currency: 'EUR',
  authorizedTotal: 5_000,
  capturedTotal: 5_000,
  refundedTotal: null,
  discrepancies: [
    discrepancy('outcome_mismatch'),
    discrepancy('missing_notification', { resolvedAt: '2026-04-01T10:00:00Z' }),
  ],
  events: 2,
}
const state: State = {
  transactions: new Map([
    ['A1', got],
    ['A2', null],
  ]),
  order: {
    orderId: 'O1',
    paid: true,
    safeToRetry: false,
    discrepancies: [discrepancy('duplicate_payment', { formerId: 'closed' })],
  },
}
const transaction = {
  reference: 'A1',
  status: 'captured',
  reconciliation: 'discrepant',
  authorizedTotal: 5_000,
  capturedTotal: 5_000,
  refundedTotal: null,
  events: 2,
} as const
const order = { paid: true, safeToRetry: false, reopened: ['duplicate_payment'] } as const
const expected: Expectation = {
  transactions: [transaction],
  unknown: ['A2'],
  order,
  discrepancies: ['duplicate_payment', 'outcome_mismatch'],
}

describe('the state that is answered', () => {
  it('does not differ when everything is as promised', () => {
    expect(differencesOfState(expected, state)).toEqual([])
  })

  it.each([
    ['A1 status', { ...expected, transactions: [{ ...transaction, status: 'declined' }] }],
    ['A1 reconciliation', { ...expected, transactions: [{ ...transaction, reconciliation: 'matched' }] }],
    ['A1 authorizedTotal', { ...expected, transactions: [{ ...transaction, authorizedTotal: null }] }],
    ['A1 capturedTotal', { ...expected, transactions: [{ ...transaction, capturedTotal: 4_999 }] }],
    ['A1 refundedTotal', { ...expected, transactions: [{ ...transaction, refundedTotal: 0 }] }],
    ['A1 events', { ...expected, transactions: [{ ...transaction, events: 3 }] }],
    ['O1 paid', { ...expected, order: { ...order, paid: false } }],
    ['O1 safeToRetry', { ...expected, order: { ...order, safeToRetry: true } }],
    ['O1 opened again', { ...expected, order: { ...order, reopened: [] } }],
    ['discrepancies', { ...expected, discrepancies: ['duplicate_payment'] }],
    ['discrepancies', { ...expected, discrepancies: ['outcome_mismatch'] }],
  ] as [string, Expectation][])('differs in the %s alone', (what, other) => {
    const differences = differencesOfState(other, state)
    expect(differences).toEqual([expect.stringContaining(`${what}: expected `)])
    expect(differences[0]).toMatch(/expected .*, got /)
  })

  it('compares only what the scenario states', () => {
    const { reference, status, reconciliation } = transaction
    const { discrepancies } = expected
    const stated = { transactions: [{ reference, status, reconciliation }], discrepancies } as Expectation
    expect(differencesOfState(stated, state)).toEqual([])
    expect(differencesOfState({ ...stated, order: { paid: true, safeToRetry: false } }, state)).toEqual([])
  })

  it('expects no open discrepancy unless the scenario names one', () => {
    const { discrepancies: _none, ...silent } = expected
    expect(differencesOfState(silent, state)).toEqual([
      'discrepancies: expected none, got duplicate_payment outcome_mismatch',
    ])
  })

  it('differs when something is missing, or is known that should not be', () => {
    const other: State = { transactions: new Map([['A2', { ...got, discrepancies: [] }]]), order: null }
    expect(differencesOfState({ ...expected, discrepancies: [] }, other)).toEqual([
      'A1: expected captured, got nothing',
      'A2: expected to be unknown, got a transaction',
      'order: expected one, got nothing',
    ])
  })

  it('differs when the service answers with another transaction', () => {
    const other: State = { ...state, transactions: new Map([['A1', { ...got, reference: 'A9' }]]) }
    expect(differencesOfState(expected, other)).toEqual(['A1 reference: expected A1, got A9'])
  })
})

describe('what is answered', () => {
  const accepted: Input = { kind: 'notification', fields: { status: '118' } }
  const refused: Input = { ...accepted, answers: 401 }

  it('is exact, body included', () => {
    expect(differencesOfAnswers(accepted, [{ status: 200, body: 'OK' }])).toEqual([])
    expect(differencesOfAnswers(accepted, [{ status: 200, body: 'OK\n' }])).toHaveLength(1)
    expect(differencesOfAnswers(accepted, [{ status: 503, body: 'OK' }])).toHaveLength(1)
    expect(differencesOfAnswers(refused, [{ status: 200, body: 'OK' }])).toHaveLength(1)
    expect(differencesOfAnswers(refused, [{ status: 401, body: '{}' }])).toEqual([])
  })

  it.each([
    [202, { kind: 'response', envelope: {} }],
    [201, { kind: 'expectation', orderId: 'O1' }],
    [200, { kind: 'resolution', orderId: 'O1', class: 'duplicate_payment', note: 'meant' }],
  ] as [number, Input][])('is %i for a %o, whatever the body', (status, input) => {
    expect(differencesOfAnswers(input, [{ status, body: '{}' }])).toEqual([])
    expect(differencesOfAnswers(input, [{ status: 409, body: '{}' }])).toHaveLength(1)
  })

  it('counts every delivery', () => {
    const answers = [
      { status: 200, body: 'OK' },
      { status: 500, body: 'OK' },
    ]
    expect(differencesOfAnswers(accepted, answers)).toHaveLength(1)
  })
})
