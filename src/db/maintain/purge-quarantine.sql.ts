/**
 * Delete up to $3 messages that were first seen more than $2 milliseconds ago; the database's clock has to agree. Replicas
 * skip what another one is deleting, or releasing.
 */
export const PURGE_QUARANTINE = `
DELETE FROM quarantined_messages WHERE id IN (
  SELECT id FROM quarantined_messages
  WHERE first_seen_at < LEAST($1::timestamptz, now()) - $2::float8 * interval '1 ms'
  ORDER BY first_seen_at LIMIT $3 FOR UPDATE SKIP LOCKED
)`
