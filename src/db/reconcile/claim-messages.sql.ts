/**
 * Lock due messages for this transaction; others skip them. A crash gives them back by itself: the lock dies with the
 * connection and the row is still there.
 *
 * Clocks differ between machines and are set back: what was never tried is due at once whatever time it carries, and no
 * retry is ever ten minutes away.
 */
const claiming = (which: string): string => `
WITH claimed AS (
  SELECT inbox_id, attempts, put_off FROM inbox_queue
  WHERE (attempts + put_off = 0 OR due_at <= $2::timestamptz OR due_at > $2::timestamptz + interval '10 minutes')
    AND ${which}
  ORDER BY inbox_id LIMIT $1 FOR UPDATE SKIP LOCKED
)
SELECT m.id AS "inboxId", m.provider, m.account, m.witness, m.content, m.data_key AS "dataKey", m.envelope,
       m.received_at AS "receivedAt", c.attempts, c.put_off AS "putOff"
FROM claimed c JOIN inbox_messages m ON m.id = c.inbox_id
ORDER BY m.id`

/** $3 is the id to begin with (queue-walk.ts); $4 leaves out what follows the first message that was handed over. */
export const CLAIM_MESSAGES = claiming(
  'NOT is_apart AND inbox_id >= $3::uuid AND ($4::uuid IS NULL OR inbox_id < $4::uuid)',
)

/** What was set apart: found by its own index, which holds little. */
export const CLAIM_APART = claiming('is_apart')

/** One message of a batch that failed. */
export const CLAIM_ONE = claiming('inbox_id = $3::uuid')

/** The same for messages whose content the worker holds already. One that failed or was put off is claimed from the table when due. */
export const CLAIM_HANDED_MESSAGES = `
SELECT inbox_id AS "inboxId" FROM inbox_queue
WHERE inbox_id = ANY ($1::uuid[]) AND attempts + put_off = 0 AND NOT is_apart
ORDER BY inbox_id FOR UPDATE SKIP LOCKED`
