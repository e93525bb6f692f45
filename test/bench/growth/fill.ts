import { stories, type Story } from '../messages/stories.ts'
import { orderOf, referenceOf } from '../messages/template.ts'
import type { Queryable } from '../parts/postgres.ts'
import { constant, insertion, keyUnder, type KeyExpressions } from '../reference/row-sql.ts'
import { SAMPLED_TABLES, type StepRows } from '../reference/row-samples.ts'
import { exceptions } from './exceptions.ts'

/**
 * A database as it is after years: the product's rows for so many payments, evenly over the last four hundred days, with
 * the few that are out of the ordinary. Bodies older than a month are gone, as retention would have it; their rows stay.
 */
export async function fill(
  database: Queryable,
  {
    samples,
    payments,
    tell,
    ...how
  }: { samples: readonly StepRows[]; payments: number; tell: (line: string) => void; often?: number },
): Promise<void> {
  if (payments === 0) return
  const indexes = await dropIndexes(database)
  const end = new Date().toISOString()
  const settled = samples.map(answered)
  const chunk = Math.min(CHUNK, Math.ceil(payments / 20))
  let next = 0
  const fillChunks = async (): Promise<void> => {
    while (next < payments) {
      const from = next
      const until = (next = Math.min(payments, from + chunk))
      for (const sample of settled) {
        for (const statement of statementsOf(sample, { from, until, payments, end })) {
          await database.query(statement)
        }
      }
      if (Math.floor((20 * until) / payments) > Math.floor((20 * from) / payments))
        tell(`growth  ${until} of ${payments} payments are in`)
    }
  }
  // One per connection of the bench.
  await Promise.all([fillChunks(), fillChunks()])
  await database.query(`SET maintenance_work_mem = '1GB'; ${indexes.join('; ')}`)
  await database.query(exceptions(how))
  await database.query('VACUUM ANALYZE')
}

/** Payments of which all rows are written before those of the next: so the rows lie in the order of their time. */
const CHUNK = 10_000
const DAYS = 400
/** Bodies older than that have been deleted. */
const KEPT_DAYS = 30
/** Far above the numbers of the messages that are sent. */
const FIRST = 50_000_000_000

/** The sampled steps have just been told of, and the answer to their call is still awaited: years ago it came. */
function answered(sample: StepRows): StepRows {
  const { reconciliation = null, operations = null, ...row } = sample.tables.transactions
  const come = (text: string | null): string | null =>
    text?.replaceAll('awaiting_response', 'matched') ?? null
  const transactions = {
    ...row,
    reconciliation: come(reconciliation),
    operations: come(operations),
    next_deadline_at: null,
  }
  return { ...sample, tables: { ...sample.tables, transactions } }
}

interface Part {
  from: number
  until: number
  payments: number
  /** When the last payment was made. */
  end: string
}

function statementsOf(sample: StepRows, part: Part): string[] {
  const { story, step } = sample
  const at = story.steps.indexOf(step)
  const source = `FROM (SELECT ${FIRST} + i AS n, timestamptz '${part.end}' - interval '${DAYS} days' * (1 - i / ${part.payments}.0) AS t
    FROM generate_series(${part.from}, ${part.until - 1}) AS i WHERE ${isTold(story)}) payment`
  const isLast = story.steps.findLast(({ ownReference }) => ownReference === step.ownReference) === step
  return SAMPLED_TABLES.flatMap((table) => {
    if (table === 'transactions' && !isLast) return []
    if (table === 'orders' && at < story.steps.length - 1) return []
    const { into, values } = insertion(table, sample, keysOf(sample, at, part.end))
    return [`${into} SELECT ${values} ${source}`]
  })
}

/** Which payments tell a story: by its share, strewn among the others. */
function isTold(story: Story): string {
  const before = stories.slice(0, stories.indexOf(story)).reduce((sum, { weight }) => sum + weight, 0)
  return `(i * 37) % 100 BETWEEN ${before} AND ${before + story.weight - 1}`
}

function keysOf({ story, step, body, tables }: StepRows, at: number, end: string): KeyExpressions {
  const payment = stories.indexOf(story)
  const numbered = (word: string): string => `'${word}' || lpad(n::text, 11, '0')`
  const reference = numbered(referenceOf(payment, story, step.ownReference).slice(0, 1))
  const order = numbered('ORDER-')
  /** The sample's own keys inside a document give way to the payment's. */
  const renamed = (text: string): string =>
    `replace(replace(${constant(text)}, '${referenceOf(payment, story, step.ownReference)}', ${reference}), '${orderOf(payment)}', ${order})`
  return {
    messageId: idAt(at, 'a'),
    eventId: idAt(at, 'b'),
    key: keyUnder(reference, `n::text || '${at}'`),
    eventKey: keyUnder(reference, `n::text || '${at}, fact'`),
    content: `CASE WHEN t > timestamptz '${end}' - interval '${KEPT_DAYS} days' THEN convert_to(${renamed(body)}, 'UTF8') END`,
    digest: `sha256(convert_to(n::text || '${at}, bytes', 'UTF8'))`,
    reference,
    order,
    at: `t + interval '${at * 2} minutes'`,
    fact: `${renamed(tables.transaction_events['fact'] ?? '')}::jsonb`,
    operations: `${renamed(tables.transactions['operations'] ?? '')}::jsonb`,
    details: constant(tables.transactions['details'] ?? null),
  }
}

/** A UUID of version 7 made from time and number: every table finds the same one. */
const idAt = (step: number, kind: 'a' | 'b'): string =>
  `(lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '7${kind}0${step}' || lpad(to_hex(n), 16, '8'))::uuid`

/** Secondary indexes are built once at the end, sorted; answers how. */
async function dropIndexes(database: Queryable): Promise<string[]> {
  const indexes = await database.query<{ name: string; definition: string }>(
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
     WHERE i.indrelid = ANY ($1::text[]::regclass[])
       AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)`,
    [SAMPLED_TABLES],
  )
  for (const { name } of indexes) await database.query(`DROP INDEX ${name}`)
  return indexes.map(({ definition }) => definition)
}
