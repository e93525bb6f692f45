import type { PoolClient } from 'pg'
import type { Expectation } from '../../domain/event/evidence.ts'
import type {
  ReconciliationUnit,
  OperatorStatement,
  ResolvableDiscrepancy,
  StatementStore,
  StatementUnit,
} from '../../inbox/reconcile/stores.ts'
import { appendAudit } from '../audit.ts'
import { sendLast, type LastStatement } from '../pool.ts'
import { withReconciliation, type WritingDatabase } from './reconciliation-unit.ts'
import { ANNOUNCE, FIND_EXPECTATION, WITHDRAW } from './announce.sql.ts'
import { KEEP_ORIGINALS } from '../original-ids.sql.ts'
import { FIND_DISCREPANCY, STATE } from './resolve.sql.ts'

/** Raw statements rather than Prisma: they share a transaction, and its locks, with the reconciliation that follows. */
export function createStatementStore(database: WritingDatabase): StatementStore {
  return {
    inTransaction: async (work) =>
      withReconciliation(database, async (unit, client, last) => work(statementUnit(unit, client, last))),
  }
}

function statementUnit(unit: ReconciliationUnit, client: PoolClient, last: LastStatement[]): StatementUnit {
  return {
    ...unit,
    keepOriginals: async ({ provider, account }, originals) => {
      if (originals.length === 0) return
      const [shown, original] = [originals.map((id) => id.shown), originals.map((id) => id.original)]
      await client.query(KEEP_ORIGINALS, [provider, account, shown, original])
    },
    announce: async (expectation, key) => announce(client, expectation, key),
    findExpectation: async (id) => {
      const { rows } = await client.query<ExpectationRow>(FIND_EXPECTATION, [id])
      return rows[0] ? toExpectation(rows[0]) : null
    },
    withdraw: async (id, now) => (await client.query(WITHDRAW, [id, now])).rowCount !== 0,
    findDiscrepancy: async (id) => {
      await sendLast(client, last)
      return findDiscrepancy(client, id)
    },
    state: async (statement) => state(client, statement),
    audit: async (entry) => appendAudit(client, entry),
  }
}

async function announce(client: PoolClient, expectation: Expectation, key: Buffer): Promise<Expectation> {
  const { id, provider, account, orderId, channel, operation, operationId } = expectation
  const { parentReference, amount, currency, createdAt, requestedAt } = expectation
  const subject = [id, key, provider, account, orderId, channel, operation, operationId]
  const values = [...subject, parentReference, amount, currency, createdAt, requestedAt]
  const { rows } = await client.query<ExpectationRow>(ANNOUNCE, values)
  const [row] = rows
  if (!row) throw new Error('an announcement was neither kept nor there before')
  return toExpectation(row)
}

type ExpectationRow = Omit<Expectation, 'createdAt' | 'saidAt' | 'requestedAt'> &
  Record<'createdAt' | 'saidAt', Date> &
  Record<'requestedAt', Date | null>

const toExpectation = (row: ExpectationRow): Expectation => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
  saidAt: row.saidAt.toISOString(),
  requestedAt: row.requestedAt?.toISOString() ?? null,
})

type DiscrepancyRow = Omit<ResolvableDiscrepancy, 'openedAt' | 'resolvedAt'> & {
  openedAt: Date
  resolvedAt: Date | null
}

async function findDiscrepancy(client: PoolClient, id: string): Promise<ResolvableDiscrepancy | null> {
  const { rows } = await client.query<DiscrepancyRow>(FIND_DISCREPANCY, [id])
  const [row] = rows
  if (!row) return null
  const resolvedAt = row.resolvedAt?.toISOString() ?? null
  return { ...row, openedAt: row.openedAt.toISOString(), resolvedAt }
}

async function state(client: PoolClient, statement: OperatorStatement): Promise<void> {
  const { id, key, discrepancyId, provider, account, reference, orderId, outcome, covers, note, author, at } =
    statement
  const subject = [id, key, discrepancyId, provider, account, reference, orderId]
  await client.query(STATE, [...subject, outcome, JSON.stringify(covers), note, author, at])
}
