import type { Answer } from '../cli/delivery.ts'
import { describeInput } from './describe-input.ts'
import type { Expectation, ExpectedOrder, ExpectedTransaction, Input } from './scenario.ts'
import type { OrderState, State, TransactionState } from './state.ts'

/** Expected against got. A difference is one sentence; none means that everything came out as promised. */

export function differencesOfState(expected: Expectation, state: State): string[] {
  const { transactions, unknown = [], order, discrepancies = [] } = expected
  const stateOf = (reference: string) => state.transactions.get(reference) ?? null
  const known = unknown.filter((reference) => stateOf(reference) !== null)
  const open = openClasses([...state.transactions.values(), state.order])
  return [
    ...transactions.flatMap((one) => differencesOfTransaction(one, stateOf(one.reference))),
    ...known.map((reference) => `${reference}: expected to be unknown, got a transaction`),
    ...(order ? differencesOfOrder(order, state.order) : []),
    ...differ('discrepancies', listed(discrepancies), listed(open)),
  ]
}

/** HTTP status of acceptance. */
const ACCEPTED = { notification: 200, response: 202, expectation: 201, resolution: 200 } as const

/** The acknowledgement is exact: a provider takes anything but `OK` for a failure and delivers again. */
export function differencesOfAnswers(input: Input, answers: readonly Answer[]): string[] {
  const { kind, answers: expected = ACCEPTED[kind] } = input
  const acknowledged = kind === 'notification' && expected === ACCEPTED[kind]
  return answers.flatMap(({ status, body }) => [
    ...differ(`${describeInput(input)}: HTTP status`, expected, status),
    ...(acknowledged ? differ(`${describeInput(input)}: body`, 'OK', body) : []),
  ])
}

const COMPARED = [
  'reference',
  'status',
  'reconciliation',
  'authorizedTotal',
  'capturedTotal',
  'refundedTotal',
  'events',
] as const

export function differencesOfTransaction(
  expected: ExpectedTransaction,
  got: TransactionState | null,
): string[] {
  const { reference, status } = expected
  if (got === null) return [`${reference}: expected ${status}, got nothing`]
  return COMPARED.flatMap((field) => differ(`${reference} ${field}`, expected[field], got[field]))
}

function differencesOfOrder(
  { paid, safeToRetry, reopened }: ExpectedOrder,
  got: OrderState | null,
): string[] {
  if (got === null) return ['order: expected one, got nothing']
  const { orderId, discrepancies } = got
  const again = discrepancies.filter(({ formerId = null }) => formerId !== null)
  return [
    ...differ(`${orderId} paid`, paid, got.paid),
    ...differ(`${orderId} safeToRetry`, safeToRetry, got.safeToRetry),
    ...differ(
      `${orderId} opened again`,
      reopened && listed(reopened),
      listed(openClasses([{ discrepancies: again }])),
    ),
  ]
}

type Holder = Pick<OrderState, 'discrepancies'> | null

/** Classes of the open discrepancies of transactions and orders, each class once. */
export const openClasses = (holders: readonly Holder[]): string[] => {
  const all = holders.flatMap((holder) => holder?.discrepancies ?? [])
  return [...new Set(all.filter(({ resolvedAt }) => resolvedAt === null).map((open) => open.class))]
}

const listed = (classes: readonly string[]): string =>
  classes.length === 0 ? 'none' : classes.toSorted().join(' ')

type Comparable = string | number | boolean | null

/** Nothing is compared where nothing is expected. */
const differ = (what: string, expected: Comparable | undefined, got: Comparable): string[] =>
  expected === undefined || expected === got
    ? []
    : [`${what}: expected ${String(expected)}, got ${String(got)}`]
