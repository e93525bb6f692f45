import type { Believed } from './messages/believed.ts'
import type { Corpus } from './messages/corpus.ts'
import type { Queryable } from './parts/postgres.ts'

interface Facts {
  corpus: Corpus
  believed: Believed
  /** Whether a worker processed what was stored. */
  processed: boolean
  /** What was there before is not looked at. */
  since: Date
}

/**
 * The end of every run: each acknowledged message is stored once and, where a worker runs, reconciled once, and each
 * payment stands as its messages say. Answers what is wrong; a run with an answer counts for nothing.
 */
export async function check(
  database: Queryable,
  { corpus, believed, processed, since }: Facts,
): Promise<string[]> {
  await tell(database, corpus, believed)
  await database.query(viewsSince(since))
  const problems: string[] = []
  for (const { what, count } of [...STORED, ...(processed ? PROCESSED : [])]) {
    const [row] = await database.query<{ count: number }>(count)
    if (row?.count !== 0) problems.push(`${row?.count ?? '?'} ${what}`)
  }
  const { acknowledged, uncertain } = believed.deliveries
  const [counted] = await database.query<{ deliveries: number }>(
    'SELECT coalesce(sum(deliveries), 0)::int AS deliveries FROM bench.ledger',
  )
  const deliveries = counted?.deliveries ?? 0
  if (deliveries < acknowledged || deliveries > acknowledged + uncertain) {
    problems.push(`${deliveries} deliveries counted, ${acknowledged} acknowledged and ${uncertain} not`)
  }
  return problems
}

interface Wrong {
  what: string
  /** One row `count`: how many. */
  count: string
}

const STORED: readonly Wrong[] = [
  {
    what: 'acknowledged messages are lost',
    count: `SELECT count(*)::int FROM bench.sent s WHERE s.acknowledged
            AND NOT EXISTS (SELECT FROM bench.messages m WHERE m.content_digest = s.digest)`,
  },
  {
    what: 'messages are stored more than once',
    count: `SELECT count(*)::int FROM (SELECT FROM bench.messages GROUP BY content_digest HAVING count(*) > 1) twice`,
  },
  {
    what: 'messages are stored that the sender did not send',
    count: `SELECT count(*)::int FROM bench.messages m
            WHERE NOT EXISTS (SELECT FROM bench.sent s WHERE s.digest = m.content_digest)`,
  },
  {
    what: 'messages have no row in the ledger',
    count: `SELECT count(*)::int FROM bench.messages m FULL JOIN bench.ledger r ON r.inbox_id = m.id
            WHERE m.id IS NULL OR r.inbox_id IS NULL`,
  },
]

const PROCESSED: readonly Wrong[] = [
  { what: 'messages are still in the queue', count: 'SELECT count(*)::int FROM inbox_queue' },
  {
    what: 'messages were not processed once',
    count: `SELECT count(*)::int FROM bench.messages m FULL JOIN bench.outcomes o ON o.inbox_id = m.id
            WHERE m.id IS NULL OR o.state IS DISTINCT FROM 'processed'`,
  },
  {
    what: 'messages have no event, or several',
    count: `SELECT count(*)::int FROM bench.messages m
            WHERE (SELECT count(*) FROM transaction_events e WHERE e.inbox_id = m.id) <> 1`,
  },
  {
    what: 'payments are missing, unknown to the senders, or in another state than their messages say',
    count: `SELECT count(*)::int FROM bench.expected x
            FULL JOIN bench.payments t USING (provider, account, reference)
            WHERE x.certain IS NULL OR (x.certain AND
              (t.status, t.authorized_total, t.captured_total, t.refunded_total)
              IS DISTINCT FROM (x.status, x.authorized, x.captured, x.refunded))`,
  },
  {
    // A refund names the call that asked for it, and the bench forwards no answer to it: a run of more than its time sees it missed.
    what: 'discrepancies in traffic without contradictions',
    count: `SELECT count(*)::int FROM bench.discrepancies WHERE class <> 'missing_response'`,
  },
]

/** What this run left in the tables. */
const viewsSince = (since: Date): string =>
  Object.entries({
    messages: 'inbox_messages WHERE received_at',
    ledger: 'receipts WHERE last_delivered_at',
    outcomes: 'inbox_outcomes WHERE processed_at',
    payments: 'transactions WHERE first_seen_at',
    discrepancies: 'discrepancies WHERE opened_at',
  })
    .map(([name, rows]) => `CREATE VIEW bench.${name} AS SELECT * FROM ${rows} >= '${since.toISOString()}'`)
    .join(';\n')

const TABLES = `
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;
CREATE TABLE bench.sent (digest bytea, acknowledged bool);
CREATE TABLE bench.expected
  (provider text, account text, reference text, certain bool, status text, authorized bigint, captured bigint, refunded bigint)`

const CHUNK = 20_000

/** Put what the senders believe beside what was stored. */
async function tell(database: Queryable, corpus: Corpus, believed: Believed): Promise<void> {
  await database.query(TABLES)
  const digestAt = (index: number): Buffer => corpus.digests.subarray(index * 32, index * 32 + 32)
  for (const [acknowledged, indexes] of [
    [true, believed.acknowledged],
    [false, believed.uncertain],
  ] as const) {
    for (const chunk of chunks(indexes)) {
      const values = [chunk.map(digestAt), acknowledged]
      await database.query(
        'INSERT INTO bench.sent SELECT digest, $2 FROM unnest($1::bytea[]) AS s(digest)',
        values,
      )
    }
  }
  for (const chunk of chunks(believed.transactions)) {
    const column = <T>(read: (transaction: (typeof chunk)[number]) => T): T[] => chunk.map(read)
    await database.query(
      `INSERT INTO bench.expected SELECT * FROM unnest(
         $1::text[], $2::text[], $3::text[], $4::bool[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])`,
      [
        column(({ provider }) => provider),
        column(({ account }) => account),
        column(({ reference }) => reference),
        column(({ state }) => state !== null),
        column(({ state }) => state?.status ?? null),
        column(({ state }) => state?.authorized ?? null),
        column(({ state }) => state?.captured ?? null),
        column(({ state }) => state?.refunded ?? null),
      ],
    )
  }
  await database.query('ANALYZE bench.sent, bench.expected')
}

function chunks<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / CHUNK)
  return Array.from({ length: count }, (_, index) => all.slice(index * CHUNK, (index + 1) * CHUNK))
}
