import type { Row, SampledTable, StepRows } from './row-samples.ts'

/** SQL that writes a sampled row again under other keys. */
export interface KeyExpressions {
  messageId: string
  eventId: string
  /** Of the ledger and of the fact, 32 bytes each. */
  key: string
  eventKey: string
  content: string
  digest: string
  reference: string
  order: string
  at: string
  fact: string
  operations: string
  details: string
}

/** `INSERT INTO table (…)` without the values' source: `values` is to follow VALUES or SELECT. */
export function insertion(
  table: SampledTable,
  { tables }: StepRows,
  keys: KeyExpressions,
): { into: string; values: string } {
  const row = tables[table]
  const columns = Object.keys(row).map((column) => `"${column}"`)
  const values = Object.entries(row).map(
    ([column, value]) => expressionOf(table, column, keys) ?? constant(value),
  )
  return { into: `INSERT INTO ${table} AS r (${columns.join(', ')})`, values: values.join(', ') }
}

/** For what differs from row to row; undefined: a constant. */
function expressionOf(table: SampledTable, column: string, keys: KeyExpressions): string | undefined {
  const varying: Readonly<Record<string, string>> = {
    id: table === 'inbox_messages' ? keys.messageId : keys.eventId,
    inbox_id: keys.messageId,
    key: keys.key,
    event_key: keys.eventKey,
    content_digest: keys.digest,
    content: keys.content,
    reference: keys.reference,
    order_id: keys.order,
    fact: keys.fact,
    operations: keys.operations,
    details: keys.details,
    received_at: keys.at,
    last_delivered_at: keys.at,
    processed_at: keys.at,
    first_seen_at: keys.at,
    updated_at: keys.at,
  }
  return varying[column]
}

/** The product's way: twelve bytes of a name (here never less), twenty of a digest. */
export const keyUnder = (name: string, text: string): string =>
  `substring(convert_to(${name}, 'UTF8') FOR 12) || substring(sha256(convert_to(${text}, 'UTF8')) FOR 20)`

/** PostgreSQL reads it as whatever type the column has. */
export const constant = (value: string | null): string =>
  value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`

const KEY_COLUMNS = ['reference', 'account', 'provider', 'first_seen_at']

/** `SET …` of an upsert: everything but the key and the time of the first message. */
export const updateOf = (row: Row): string =>
  Object.keys(row)
    .filter((column) => !KEY_COLUMNS.includes(column))
    .map((column) =>
      column === 'version' ? 'version = r.version + 1' : `"${column}" = excluded."${column}"`,
    )
    .join(', ')
