import type { PoolClient } from 'pg'
import { ATTRIBUTE_FIELDS } from '../../domain/event/transaction-event.ts'
import { isStated } from '../../domain/reconciliation/attributes.ts'
import type { Transaction } from '../../domain/reconciliation/transaction.ts'
import { keyColumns, type Key } from '../keys.ts'
import { columns, jsonColumn } from '../unnest-parameters.ts'
import { REMOVE_TRANSACTIONS } from './remove-transactions.sql.ts'
import { SAVE_TRANSACTIONS } from './save-transactions.sql.ts'

export async function removeTransactions(client: PoolClient, removed: readonly Key[]): Promise<void> {
  if (removed.length === 0) return
  const values = keyColumns(removed)
  await client.query({ name: 'remove_transactions', text: REMOVE_TRANSACTIONS, values })
}

export async function saveTransactions(
  client: PoolClient,
  transactions: readonly Transaction[],
  now: Date,
): Promise<void> {
  if (transactions.length === 0) return
  const values = transactionParameters(transactions, now)
  await client.query({ name: 'save_transactions', text: SAVE_TRANSACTIONS, values })
}

function transactionParameters(transactions: readonly Transaction[], now: Date): unknown[] {
  const state = columns(
    transactions,
    (t) => t.provider,
    (t) => t.account,
    (t) => t.reference,
    (t) => t.orderId,
    (t) => t.status,
    (t) => t.reconciliation,
    (t) => t.overdue,
    (t) => t.final,
    isLinked,
    (t) => t.test,
    (t) => t.merchantId,
    (t) => t.currency,
    (t) => t.authorizedTotal,
    (t) => t.capturedTotal,
    (t) => t.refundedTotal,
    (t) => t.chargedBackTotal,
  )
  const times = columns(
    transactions,
    (t) => t.firstSeenAt,
    (t) => t.nextDeadlineAt,
  )
  const documents = [
    transactions.map((t) => JSON.stringify(t.absorbed)),
    transactions.map((t) => JSON.stringify(t.operations)),
    transactions.map((t) => JSON.stringify(details(t))),
  ]
  return [...state, ...documents.map(jsonColumn), ...times, now]
}

/** A root without its initial operation is a later step that nothing ties to its payment yet. */
const isLinked = ({ operations }: Transaction): boolean =>
  operations.some(({ operation }) => operation === 'authorization' || operation === 'sale')

/** What a transaction shows as it was told; readers put back what is blank. */
const details = (transaction: Transaction): object =>
  Object.fromEntries(
    ATTRIBUTE_FIELDS.filter((name) => isStated(transaction[name])).map((name) => [name, transaction[name]]),
  )
