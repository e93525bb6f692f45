import { discrepancyListQuery } from '../../../src/http/v1/discrepancies.ts'
import { auditListQuery } from '../../../src/http/v1/audit.ts'
import { inboxListQuery } from '../../../src/http/v1/inbox.ts'
import { transactionListQuery } from '../../../src/http/v1/transactions.ts'
import { codeBlocks, readDoc } from '../../unit/docs/markdown.ts'

/** What merchants and operators ask, about a payment that is there. */
export interface Known {
  provider: string
  account: string
  reference: string
  orderId: string
  /** When it was first seen. */
  at: Date
}

/** Every list with every filter of its schema, among them such as nothing matches; without those that need a cursor. */
export function lists(known: Known): string[] {
  const account = `provider=${known.provider}&account=${known.account}`
  return [
    ...['', account, 'provider=hipay&account=unknown', ...queriesOf(transactionFilters(known))].map(
      (query) => `/v1/transactions?${query}`,
    ),
    ...['', account, 'open=true&class=duplicate_payment', ...queriesOf(DISCREPANCY_FILTERS)].map(
      (query) => `/v1/discrepancies?${query}`,
    ),
    ...['', account, `${account}&state=processed`, ...queriesOf(inboxFilters(known))].map(
      (query) => `/v1/inbox?${query}`,
    ),
    ...queriesOf(auditFilters(known)).map((query) => `/v1/audit?${query}`),
  ]
}

type Filters<Schema extends { shape: object }> = Record<keyof Schema['shape'], readonly string[]>

function transactionFilters({ reference, orderId, at }: Known): Filters<typeof transactionListQuery> {
  const { status, reconciliation } = transactionListQuery.shape
  return {
    status: status.unwrap().options,
    reconciliation: reconciliation.unwrap().options,
    overdue: ['true', 'false'],
    test: ['true', 'false'],
    linked: ['true', 'false'],
    provider: ['hipay', 'be2bill'],
    account: ['shop-fr', 'shop-be', 'unknown'],
    orderId: [orderId, 'unknown'],
    email: ['ada@example.org'],
    emailHash: ['unknown'],
    amount: ['10000', '1'],
    reference: [reference, 'unknown'],
    from: [new Date(at.getTime() - 86_400_000).toISOString()],
    to: [at.toISOString()],
    limit: ['1', '200'],
    cursor: [],
  }
}

function inboxFilters({ reference, at }: Known): Filters<typeof inboxListQuery> {
  return {
    state: inboxListQuery.shape.state.unwrap().options,
    provider: ['hipay', 'be2bill'],
    account: ['shop-fr', 'shop-be', 'unknown'],
    reference: [reference, 'unknown'],
    code: ['unreadable_message', 'signature_mismatch', 'unknown'],
    from: [new Date(at.getTime() - 86_400_000).toISOString()],
    to: [at.toISOString()],
    limit: ['1', '200'],
    cursor: [],
  }
}

const auditFilters = ({ at }: Known): Filters<typeof auditListQuery> => ({
  actor: ['all'],
  action: auditListQuery.shape.action.unwrap().options,
  from: [at.toISOString()],
  limit: ['200'],
  cursor: [],
})

const DISCREPANCY_FILTERS: Filters<typeof discrepancyListQuery> = {
  open: ['true', 'false'],
  class: discrepancyListQuery.shape.class.unwrap().options,
  provider: ['hipay', 'be2bill'],
  account: ['shop-fr', 'unknown'],
  limit: ['200'],
  cursor: [],
}

const queriesOf = (filters: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.entries(filters).flatMap(([name, values]) =>
    values.map((value) => `${name}=${encodeURIComponent(value)}`),
  )

/** The statements of operations.md and runbook.md, and each view by what it is said to be cheap by. */
export function operatorStatements({ account, reference, orderId, at }: Known): string[] {
  const documented = ['docs/operations.md', 'docs/runbook.md'].flatMap((page) =>
    codeBlocks(readDoc(page), 'sql'),
  )
  const from = `timestamptz '${at.toISOString()}'`
  const day = `'${at.toISOString().slice(0, 10)}'`
  return [
    ...documented.map((sql) =>
      sql
        .replaceAll(`'A-1001'`, `'${orderId}'`)
        .replaceAll(`'900000412077'`, `'${reference}'`)
        .replaceAll(`'shop-fr'`, `'${account}'`),
    ),
    `SELECT * FROM ops.transactions WHERE reference = '${reference}' AND account = '${account}'`,
    `SELECT * FROM ops.transactions WHERE order_id = '${orderId}' AND account = '${account}'`,
    `SELECT * FROM ops.transactions WHERE first_seen_at BETWEEN ${from} AND ${from} + interval '1 hour'`,
    `SELECT * FROM ops.orders WHERE order_id = '${orderId}' AND account = '${account}'`,
    `SELECT * FROM ops.orders WHERE first_seen_at BETWEEN ${from} AND ${from} + interval '1 hour'`,
    `SELECT * FROM ops.open_discrepancies WHERE account = '${account}' AND opened_at > ${from}`,
    `SELECT * FROM ops.awaiting WHERE account = '${account}' AND first_seen_at > ${from}`,
    `SELECT * FROM ops.inbox_failures WHERE state = 'parked'`,
    `SELECT * FROM ops.audit WHERE at > ${from}`,
    `SELECT * FROM ops.replays ORDER BY begun_at DESC LIMIT 20`,
    `SELECT * FROM ops.superseded_events WHERE inbox_id = '01980000-0000-7000-8000-000000000000'`,
    `SELECT * FROM ops.silent_accounts WHERE account = '${account}'`,
    `SELECT * FROM ops.daily_reconciliation WHERE day = ${day} AND account = '${account}'`,
  ]
}
