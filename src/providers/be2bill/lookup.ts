import type { TransactionEvent } from '../../domain/event/transaction-event.ts'
import { EVENTS_MAX } from '../provider.ts'
import type { Source } from './event.ts'
import { amountOf, blankEvent, descriptionOf, isLaterOperation, statementOf } from './event.ts'
import type { Fields } from './fields.ts'
import { fieldsOfObject } from './fields.ts'

/**
 * Answers of `getTransactions`: rows of a report, not notifications. The outer EXECCODE only says that the report was
 * made; each row has its own, without leading zeros, and amounts in major units.
 */

/** Columns of a row that name the transaction it acted on. */
const PARENT_COLUMNS = ['AUTHORIZEDBY', 'REFUNDED', 'VOIDED'] as const
/** Columns of a row that name the transactions that acted on it. */
const CHILD_COLUMNS = ['CAPTUREDBY', 'REFUNDEDBY', 'VOIDEDBY'] as const
/** A column only of the first report format (2014), whose amounts were in minor units. */
const FIRST_FORMAT_COLUMN = 'BILLINGFEESTTC'

const REPORT_OPERATION = /^(get|export)(transaction|chargeback|reconcil)/i

export function isInquiryAnswer(answer: object): boolean {
  const { DATA, OPERATIONTYPE } = answer as { DATA?: unknown; OPERATIONTYPE?: unknown }
  if (DATA !== null && typeof DATA === 'object') return true
  return typeof OPERATIONTYPE === 'string' && REPORT_OPERATION.test(OPERATIONTYPE)
}

/**
 * One event per row; links to rows that are not in the answer become events of their own that move nothing. A row that
 * names no transaction says nothing about one. Null: more than `EVENTS_MAX`.
 */
export function inquiryEvents(answer: object, source: Source): TransactionEvent[] | null {
  const listed = rowsOf(answer)
  if (listed.length > EVENTS_MAX) return null
  const rows = listed.map(fieldsOfObject).filter((row) => row.has('TRANSACTIONID'))
  const parents = new Map(rows.flatMap(childLinks))
  const present = new Set(rows.map((row) => row.peekId('TRANSACTIONID')))
  const absent = [...parents].filter(([child]) => !present.has(child))
  if (rows.length + absent.length > EVENTS_MAX) return null
  return [
    ...rows.map((row) => rowEvent(row, parents, source)),
    ...absent.map(([child, parent]) => linkEvent(child, parent, source)),
  ]
}

function rowsOf(answer: object): object[] {
  const { DATA = null } = answer as { DATA?: unknown }
  const rows: unknown[] = DATA !== null && typeof DATA === 'object' ? Object.values(DATA) : []
  return rows.filter((row): row is object => row !== null && typeof row === 'object')
}

function childLinks(row: Fields): [child: string, parent: string][] {
  const parent = row.peekId('TRANSACTIONID')
  if (parent === null) return []
  const children = CHILD_COLUMNS.flatMap((column) => row.peekIds(column))
  return children.filter((child) => /^[\w*~-]+$/.test(child)).map((child) => [child, parent])
}

/** The first of these columns that has a value. */
function takeParent(row: Fields): string | null {
  const column = PARENT_COLUMNS.find((name) => row.peekIds(name).length > 0)
  if (column === undefined) return null
  const [parent = null] = row.peekIds(column)
  row.take(column)
  return parent
}

function rowEvent(row: Fields, parents: ReadonlyMap<string, string>, source: Source): TransactionEvent {
  const statement = statementOf(row.take('EXECCODE')?.padStart(4, '0') ?? null, row.take('OPERATIONTYPE'))
  const reference = row.takeId('TRANSACTIONID')
  const major = row.has(FIRST_FORMAT_COLUMN) ? undefined : row.peek('CURRENCY')
  const event: TransactionEvent = {
    ...blankEvent(source),
    lookup: true,
    ...statement,
    reference,
    orderId: row.takeId('ORDERID'),
    ...amountOf(row, 'AMOUNT', major),
    ...descriptionOf(row),
  }
  const link = takeParent(row) ?? parents.get(reference ?? '') ?? null
  const parentReference = isLaterOperation(event.operation) && link !== reference ? link : null
  return { ...event, parentReference, extra: row.rest() }
}

/** Only the link is known. The child's own messages tell what it was. */
function linkEvent(reference: string, parentReference: string, source: Source): TransactionEvent {
  return { ...blankEvent(source), lookup: true, type: 'noted', reference, parentReference }
}
