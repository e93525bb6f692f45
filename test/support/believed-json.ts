import type { Reconciled } from '../../src/domain/reconcile.ts'
import type { Order } from '../../src/domain/orders/order-answers.ts'
import type { Discrepancy, Transaction } from '../../src/domain/reconciliation/transaction.ts'

/** What the service shows and what a model believes, in one shape: without ids, versions and the history of what is closed. */

export interface DiscrepancyJson {
  id: string
  class: string
  field: string | null
  reference: string | null
  orderId: string | null
  response: string[]
  notification: string[]
  amountAtRisk: number | null
  currency: string | null
  resolvedAt: string | null
}

export interface TransactionJson {
  reference: string
  discrepancies: DiscrepancyJson[]
  [field: string]: unknown
}

export interface OrderJson {
  transactions: TransactionJson[]
  discrepancies: DiscrepancyJson[]
  [field: string]: unknown
}

type Told = Pick<
  DiscrepancyJson,
  'class' | 'field' | 'response' | 'notification' | 'amountAtRisk' | 'currency'
>

/** As text, so that a list of them can be sorted. */
export const discrepancyText = ({
  class: found,
  field,
  response,
  notification,
  amountAtRisk,
  currency,
}: Told): string => JSON.stringify([found, field, response, notification, amountAtRisk, currency])

const textsOf = (discrepancies: readonly Told[]): string[] => discrepancies.map(discrepancyText).sort()

const openOf = (discrepancies: readonly DiscrepancyJson[]): string[] =>
  textsOf(discrepancies.filter(({ resolvedAt }) => resolvedAt === null))

export const shownTransaction = ({
  updatedAt: _at,
  version: _version,
  discrepancies,
  ...shown
}: TransactionJson) => ({ ...shown, discrepancies: openOf(discrepancies) })

export const shownOrder = ({ transactions, discrepancies, ...shown }: OrderJson) => ({
  ...withoutMessages(shown),
  transactions: transactions.map(({ reference }) => reference).sort(),
  discrepancies: openOf(discrepancies),
})

export function believedTransaction(transaction: Transaction) {
  const {
    absorbed: _absorbed,
    final: _final,
    merchantId: _merchant,
    nextDeadlineAt: _next,
    ...shown
  } = transaction
  return {
    ...shown,
    operations: transaction.operations.map((operation) => ({
      ...operation,
      response: statement(operation.response),
      notification: statement(operation.notification),
    })),
    discrepancies: textsOf(transaction.discrepancies),
  }
}

const statement = (said: Transaction['operations'][number]['response']) =>
  said && { status: said.type, providerCode: said.providerCode, amount: said.amount, at: said.at }

/** Which message, and which row, is the service's own affair. */
function withoutMessages<Value extends object>(order: Value) {
  const { requests, reasonSources } = order as unknown as Pick<Order, 'requests' | 'reasonSources'>
  return {
    ...order,
    requests: requests.map(({ inboxId, ...request }) => ({ ...request, told: inboxId !== null })),
    reasonSources: reasonSources.map(({ kind, id }) =>
      kind === 'message' || kind === 'discrepancy' ? kind : `${kind} ${id}`,
    ),
  }
}

export const believedOrder = ({ firstSeenAt: _first, nextDeadlineAt: _next, ...order }: Order) => ({
  ...withoutMessages(order),
  discrepancies: textsOf(order.discrepancies),
})

/** Of transactions, orders, and calls that belong to neither. */
export function believedDiscrepancies({ transactions, orders, orphanDiscrepancies }: Reconciled): string[] {
  const found: Discrepancy[] = [...transactions, ...orders].flatMap(({ discrepancies }) => discrepancies)
  return textsOf([...found, ...orphanDiscrepancies])
}
