/** Up to $2 messages after the id $1. */
export const LIST_QUARANTINED = `
SELECT id, provider, account, digest, reason, method, carrier, content, scrubbed, signature, source,
       first_seen_at AS "receivedAt", data_key AS "dataKey"
FROM quarantined_messages WHERE id > $1::uuid ORDER BY id LIMIT $2`

/** The transaction that deletes the row has it; another that tries at the same time waits, and then finds nothing. */
export const TAKE_QUARANTINED = `DELETE FROM quarantined_messages WHERE id = $1::uuid`

/**
 * Delete up to $3 messages that were first seen more than $2 milliseconds ago; the database's clock has to agree. Replicas
 * skip what another one is deleting, or releasing.
 */
export const PURGE_QUARANTINED = `
DELETE FROM quarantined_messages WHERE id IN (
  SELECT id FROM quarantined_messages
  WHERE first_seen_at < LEAST($1::timestamptz, now()) - $2::float8 * interval '1 ms'
  ORDER BY first_seen_at LIMIT $3 FOR UPDATE SKIP LOCKED
)`
