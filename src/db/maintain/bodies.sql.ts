/**
 * Delete up to $3 bodies that were received more than $2 milliseconds before $1, of messages that no worker has to
 * read any more: what is pending or parked stays. The row, its digest and its events stay as well. The database's clock
 * has to agree, so that a process whose clock jumped ahead deletes nothing. Replicas skip rows that another one is deleting.
 */
export const PURGE_BODIES = `
WITH old AS (
  SELECT id FROM inbox_messages m
  WHERE content IS NOT NULL AND received_at < LEAST($1::timestamptz, now()) - $2::float8 * interval '1 ms'
    AND NOT EXISTS (SELECT FROM inbox_queue q WHERE q.inbox_id = m.id)
    AND NOT EXISTS (SELECT FROM inbox_outcomes o WHERE o.inbox_id = m.id AND o.state = 'parked')
  ORDER BY received_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE inbox_messages m SET content = NULL, data_key = NULL FROM old WHERE m.id = old.id`

/** Queue again, due at $2, up to $3 messages that were parked for want of one of the keys $1. */
export const PUT_BACK_SEALED = `
INSERT INTO inbox_queue (inbox_id, due_at)
SELECT o.inbox_id, $2::timestamptz FROM inbox_outcomes o JOIN inbox_messages m ON m.id = o.inbox_id
WHERE o.state = 'parked' AND o.code = 'data_key_missing' AND m.data_key = ANY ($1::text[])
  AND NOT EXISTS (SELECT FROM inbox_queue q WHERE q.inbox_id = o.inbox_id)
ORDER BY o.inbox_id LIMIT $3
ON CONFLICT (inbox_id) DO NOTHING`

export type BodyTable = 'inbox_messages' | 'quarantined_messages'

/** How many rows the page of at most $2 after $1 has, and the id that ends it. */
export const measurePage = (table: BodyTable): string => `
SELECT count(*)::int AS rows, (array_agg(id ORDER BY id DESC))[1] AS last
FROM (SELECT id FROM ${table} WHERE id > $1::uuid ORDER BY id LIMIT $2) page`

/**
 * Locks the bodies of the page after $1 up to $2, of $4 rows, that $3 did not seal; skips rows that another
 * transaction has locked. PostgreSQL cannot estimate how many ids lie between two others; the limit tells the planner that they are few.
 */
export const lockSealedOtherwise = (table: BodyTable): string => `
SELECT id, provider, account, content, data_key AS "dataKey" FROM ${table}
WHERE id > $1::uuid AND id <= $2::uuid AND content IS NOT NULL AND data_key IS DISTINCT FROM $3
ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED`

/** The locked bodies $1 become $2, sealed by $3. */
export const replaceBodies = (table: BodyTable): string => `
UPDATE ${table} t SET content = r.content, data_key = $3
FROM unnest($1::uuid[], $2::bytea[]) AS r(id, content) WHERE t.id = r.id`
