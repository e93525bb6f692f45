/** Up to $2 messages after the id $1. */
export const LIST_QUARANTINED = `
SELECT id, provider, account, digest, reason, method, carrier, content, scrubbed, signature, source,
       first_seen_at AS "receivedAt", data_key AS "dataKey"
FROM quarantined_messages WHERE id > $1::uuid ORDER BY id LIMIT $2`

/** The transaction that deletes the row has it; another that tries at the same time waits, and then finds nothing. */
export const TAKE_QUARANTINED = `DELETE FROM quarantined_messages WHERE id = $1::uuid`
