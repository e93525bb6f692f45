/** One message by its id $1: what quarantine keeps of it, else how its stored row was verified. */
export const FIND_MESSAGE = `
SELECT 'quarantine' AS home, id, provider, account, digest, reason, method, carrier, content, scrubbed, signature, source,
       first_seen_at AS "receivedAt", data_key AS "dataKey", NULL AS witness, NULL AS "secretId"
FROM quarantined_messages WHERE id = $1::uuid
UNION ALL
SELECT 'inbox', id, provider, account, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, witness, secret_id
FROM inbox_messages WHERE id = $1::uuid`
