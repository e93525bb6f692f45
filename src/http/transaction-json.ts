import type { OperationState, WitnessStatement } from '../domain/transaction.ts'
import { exactSum } from '../lib/exact-sum.ts'
import type { OrderAnswer } from '../queries/reading.ts'
import type { TransactionRecord } from '../queries/stores.ts'

/** Rows as the wire shows them; what the schemas do not list is left out by the serializer. */

export const toOrderJson = (order: OrderAnswer) => ({
  ...order,
  paidTotal: exactSum(order.paidTotal),
  refundedTotal: exactSum(order.refundedTotal),
  netTotal: exactSum(order.netTotal),
  transactions: order.transactions.map(toTransactionJson),
})

/** Witness statements speak of a `status` on the wire: what that side said. */
export const toTransactionJson = (transaction: TransactionRecord) => ({
  ...transaction,
  operations: transaction.operations.map((operation: OperationState) => ({
    ...operation,
    response: toStatement(operation.response),
    notification: toStatement(operation.notification),
  })),
})

const toStatement = (statement: WitnessStatement | null) =>
  statement && {
    status: statement.type,
    providerCode: statement.providerCode,
    amount: statement.amount,
    at: statement.at,
  }
