/**
 * Keep one unverified message. A repeated digest only counts; the first evidence is never overwritten, and nothing is
 * inserted once the account ($12) or the source ($13) holds its cap: a flood cannot push out what came before it.
 */
export const QUARANTINE_MESSAGE = `
INSERT INTO quarantined_messages AS q
  (id, provider, account, digest, reason, method, content, scrubbed, signature, source, first_seen_at, last_seen_at,
   data_key, carrier)
SELECT $1::uuid, $2, $3, $4::bytea, $5, $6, $7::bytea, $8::text[], $9, $10, $11::timestamptz, $11::timestamptz,
       $14::text, $15
WHERE EXISTS (SELECT FROM quarantined_messages WHERE digest = $4::bytea AND account = $3 AND provider = $2)
   OR ((SELECT count(*) FROM (SELECT FROM quarantined_messages WHERE account = $3 AND provider = $2 LIMIT $12) a) < $12
   AND (SELECT count(*) FROM (SELECT FROM quarantined_messages WHERE source = $10 LIMIT $13) s) < $13)
ON CONFLICT (digest, account, provider) DO UPDATE
  SET deliveries = q.deliveries + 1, last_seen_at = excluded.last_seen_at`
