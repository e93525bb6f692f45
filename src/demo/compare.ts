import type { Belief, DiscrepancyView, OrderView, TransactionView } from './belief.ts'
import type { Answer } from '../cli/delivery.ts'
import {
  TOTALS,
  type Expectation,
  type ExpectedOrder,
  type ExpectedTransaction,
  type Step,
} from './scenario.ts'

/** Expected against got. A difference is one sentence; none means that everything came out as promised. */

export function differencesOfBelief(expected: Expectation, belief: Belief): string[] {
  return [
    ...expected.transactions.flatMap((transaction, index) =>
      differencesOfTransaction(transaction, belief.transactions[index] ?? null),
    ),
    ...belief.known.map((reference) => `${reference}: expected to be unknown, got a transaction`),
    ...(expected.order ? differencesOfOrder(expected.order, belief.order) : []),
    ...(expected.discrepancies
      ? differ('discrepancies', listed(expected.discrepancies), listed(openClassesOf(belief)))
      : []),
  ]
}

/** The acknowledgement is exact: a provider takes anything but `OK` for a failure and delivers again. */
export function differencesOfAnswers(step: Step, answers: readonly Answer[]): string[] {
  return answers.flatMap(({ status, body }) => [
    ...differ(`${step.says}: HTTP status`, step.answers, status),
    ...((step.send === 'notification' || step.send === 'raw') && step.answers === 200
      ? differ(`${step.says}: body`, 'OK', body)
      : []),
  ])
}

export function differencesOfTransaction(
  expected: ExpectedTransaction,
  got: TransactionView | null,
): string[] {
  const { reference, totals = {}, discrepancies = [], events } = expected
  if (got === null) return [`${reference}: expected ${expected.status}, got nothing`]
  return [
    ...differ(`${reference} reference`, reference, got.reference),
    ...differ(`${reference} status`, expected.status, got.status),
    ...differ(`${reference} reconciliation`, expected.reconciliation, got.reconciliation),
    ...TOTALS.flatMap((total) =>
      totals[total] === undefined ? [] : differ(`${reference} ${total}`, totals[total], got[total]),
    ),
    ...(discrepancies === null
      ? []
      : differ(`${reference} discrepancies`, listed(discrepancies), listed(openClasses(got.discrepancies)))),
    ...(events === undefined ? [] : differ(`${reference} events`, events, got.events)),
  ]
}

function differencesOfOrder(expected: ExpectedOrder, got: OrderView | null): string[] {
  const { orderId, paid, safeToRetry, discrepancies, reopened } = expected
  if (got === null) return [`${orderId}: expected an order, got nothing`]
  return [
    ...differ(`${orderId} paid`, paid, got.paid),
    ...differ(`${orderId} safeToRetry`, safeToRetry, got.safeToRetry),
    ...(discrepancies === undefined
      ? []
      : differ(`${orderId} discrepancies`, listed(discrepancies), listed(openClasses(got.discrepancies)))),
    ...(reopened === undefined
      ? []
      : differ(`${orderId} opened again`, listed(reopened), listed(openClasses(outgrown(got))))),
  ]
}

/** What an operator had closed, and what has shown more since. */
const outgrown = ({ discrepancies }: OrderView): DiscrepancyView[] =>
  discrepancies.filter(({ formerId = null }) => formerId !== null)

/** Classes of the discrepancies that neither evidence nor an operator has resolved yet. */
export const openClasses = (discrepancies: readonly DiscrepancyView[]): string[] =>
  discrepancies.filter(({ resolvedAt }) => resolvedAt === null).map((discrepancy) => discrepancy.class)

/** Each class once, whether it stands at a transaction, at the order or at both. */
export const openClassesOf = ({ transactions, order }: Belief): string[] => [
  ...new Set([...transactions, order].flatMap((view) => openClasses(view?.discrepancies ?? []))),
]

const listed = (classes: readonly string[]): string =>
  classes.length === 0 ? 'none' : classes.toSorted().join(' ')

type Comparable = string | number | boolean | null

const differ = (what: string, expected: Comparable, got: Comparable): string[] =>
  expected === got ? [] : [`${what}: expected ${String(expected)}, got ${String(got)}`]
