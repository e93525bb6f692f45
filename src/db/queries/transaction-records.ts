import { NO_ATTRIBUTES } from '../../domain/event/blank-event.ts'
import type { OperationState, Reconciliation, Status } from '../../domain/reconciliation/transaction.ts'
import type { Attributes } from '../../domain/event/transaction-event.ts'
import { exactSum } from '../../lib/exact-sum.ts'
import type { TransactionRecord } from '../../queries/stores.ts'
import type { AccountScope, DiscrepancyRecord } from '../../domain/records.ts'
import type { DiscrepancyModel, TransactionModel } from '../generated/models.ts'
import type { Queryable } from '../keys.ts'
import {
  READ_ORDER_DISCREPANCIES,
  READ_ORDER_TRANSACTIONS,
  READ_TRANSACTION,
} from './transactions-with-discrepancies.sql.ts'

/** Rows as readers see them: as Prisma reads them for lists, or by one statement where only one row or one order is asked for. */

type Totals = 'authorizedTotal' | 'capturedTotal' | 'refundedTotal' | 'chargedBackTotal'

/** A row as Prisma or pg reads it; pg reads totals as text. */
export interface TransactionRow
  extends
    Pick<TransactionModel, 'provider' | 'account' | 'reference' | 'orderId' | 'status' | 'reconciliation'>,
    Pick<TransactionModel, 'overdue' | 'final' | 'test' | 'currency' | 'operations' | 'details' | 'version'>,
    Pick<TransactionModel, 'firstSeenAt' | 'updatedAt'>,
    Record<Totals, bigint | string | null> {}

type DiscrepancyJson = Omit<DiscrepancyRecord, 'amountAtRisk'> & { amountAtRisk: string | null }

type WholeRow = TransactionRow & { discrepancies: DiscrepancyJson[] }

/** By its own reference, else by one it absorbed; null when unknown. */
export async function readTransaction(
  db: Queryable,
  { provider, account }: AccountScope,
  reference: string,
): Promise<TransactionRecord | null> {
  const values = [reference, account, provider]
  const { rows } = await db.query<WholeRow>({ name: 'read_transaction', text: READ_TRANSACTION, values })
  return rows.map(fromWholeRow)[0] ?? null
}

/** Not prepared under a name: a generic plan may read the whole account. */
export async function readOrderTransactions(
  db: Queryable,
  { provider, account }: AccountScope,
  orderId: string,
  limit: number,
): Promise<TransactionRecord[]> {
  const { rows } = await db.query<WholeRow>(READ_ORDER_TRANSACTIONS, [orderId, account, provider, limit])
  return rows.map(fromWholeRow)
}

/** Those of the order itself; each transaction carries its own. */
export async function readOrderDiscrepancies(
  db: Queryable,
  { provider, account }: AccountScope,
  orderId: string,
): Promise<DiscrepancyRecord[]> {
  const values = [orderId, account, provider]
  const { rows } = await db.query<{ discrepancy: DiscrepancyJson }>(READ_ORDER_DISCREPANCIES, values)
  return rows.map(({ discrepancy }) => fromJson(discrepancy))
}

const fromWholeRow = ({ discrepancies, ...row }: WholeRow): TransactionRecord =>
  toRecord(row, discrepancies.map(fromJson))

const fromJson = (json: DiscrepancyJson): DiscrepancyRecord => ({
  ...json,
  amountAtRisk: exactSum(json.amountAtRisk),
})

export function toRecord(row: TransactionRow, discrepancies: DiscrepancyRecord[]): TransactionRecord {
  return {
    provider: row.provider,
    account: row.account,
    reference: row.reference,
    orderId: row.orderId,
    status: row.status as Status,
    reconciliation: row.reconciliation as Reconciliation,
    overdue: row.overdue,
    final: row.final,
    test: row.test,
    currency: row.currency,
    authorizedTotal: exactSum(row.authorizedTotal),
    capturedTotal: exactSum(row.capturedTotal),
    refundedTotal: exactSum(row.refundedTotal),
    chargedBackTotal: exactSum(row.chargedBackTotal),
    operations: row.operations as unknown as OperationState[],
    discrepancies,
    ...NO_ATTRIBUTES,
    ...(row.details as unknown as Partial<Attributes>),
    firstSeenAt: row.firstSeenAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
  }
}

export function toDiscrepancy(row: DiscrepancyModel): DiscrepancyRecord {
  return {
    id: row.id,
    class: row.class as DiscrepancyRecord['class'],
    field: row.field,
    reference: row.reference,
    orderId: row.orderId,
    response: row.response,
    notification: row.notification,
    amountAtRisk: exactSum(row.amountAtRisk),
    currency: row.currency,
    openedAt: row.openedAt.toISOString(),
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    version: row.version,
    formerId: row.formerId,
  }
}
