import { ATTRIBUTE_FIELDS } from '../../domain/event/transaction-event.ts'
import { isStated } from '../../domain/reconciliation/attributes.ts'
import type { Transaction } from '../../domain/reconciliation/transaction.ts'
import { keyColumns, type Key } from '../keys.ts'
import type { LastStatement } from '../pool.ts'
import { columns, jsonColumn } from '../unnest-parameters.ts'
import { REMOVE_TRANSACTIONS } from './remove-transactions.sql.ts'
import { SAVE_TRANSACTIONS } from './save-transactions.sql.ts'

export const transactionStatements = (
  { removed, written }: { removed: readonly Key[]; written: readonly Transaction[] },
  now: Date,
): LastStatement[] => [...removing(removed), ...writing(written, now)]

const removing = (removed: readonly Key[]): LastStatement[] =>
  removed.length === 0
    ? []
    : [{ name: 'remove_transactions', text: REMOVE_TRANSACTIONS, values: keyColumns(removed) }]

const writing = (written: readonly Transaction[], now: Date): LastStatement[] =>
  written.length === 0
    ? []
    : [{ name: 'save_transactions', text: SAVE_TRANSACTIONS, values: transactionParameters(written, now) }]

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
