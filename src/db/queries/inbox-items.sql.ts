import { STATE } from './inbox-page.sql.ts'

/** A report may name a thousand references. */
const REFERENCES_MAX = 20

/** What lists show of the messages $1. While a message is pending, what came of it before is not shown. */
export const INBOX_ITEMS = `
SELECT m.id, m.provider, m.account, m.witness, m.secret_id AS "secretId", m.received_at AS "receivedAt", m.scrubbed,
       ${STATE} AS state, q.attempts, q.put_off AS "putOff", q.due_at AS "nextTryAt",
       o.family, o.code, o.detail, o.processed_at AS "processedAt",
       ARRAY(SELECT DISTINCT reference FROM (
         SELECT e.reference FROM transaction_events e WHERE e.inbox_id = m.id AND e.reference IS NOT NULL
         LIMIT ${REFERENCES_MAX}) named) AS references
FROM inbox_messages m
LEFT JOIN inbox_queue q ON q.inbox_id = m.id
LEFT JOIN inbox_outcomes o ON o.inbox_id = m.id AND q.inbox_id IS NULL
WHERE m.id = ANY ($1::uuid[])`

/** How often the messages $1 came. */
export const DELIVERIES = `
SELECT inbox_id, deliveries, last_delivered_at FROM receipts WHERE inbox_id = ANY ($1::uuid[])`

/** The quarantined among $1. */
export const QUARANTINED_ITEMS = `
SELECT id, provider, account, reason AS code, deliveries, first_seen_at AS "receivedAt", last_seen_at AS "lastDeliveredAt",
       scrubbed, source
FROM quarantined_messages WHERE id = ANY ($1::uuid[])`

/** What the message $1 stated anew, and the payment that each of its references belongs to now. */
export const EVENTS_OF_MESSAGE = `
SELECT e.id, e.type, e.reference, e.order_id AS "orderId", e.occurred_at AS "occurredAt",
       coalesce(
         (SELECT t.reference FROM transactions t
          WHERE t.reference = e.reference AND t.account = e.account AND t.provider = e.provider),
         (SELECT t.reference FROM transactions t
          WHERE t.absorbed @> ARRAY[e.reference] AND t.absorbed <> '{}' AND t.account = e.account AND t.provider = e.provider
          LIMIT 1)
       ) AS transaction
FROM transaction_events e WHERE e.inbox_id = $1::uuid ORDER BY e.id`

/** What the merchant said about the answer $1. */
export const ENVELOPE_OF_MESSAGE = `SELECT envelope FROM inbox_messages WHERE id = $1::uuid`

/** The stored body of $1, from either home. */
export const BODY_OF_MESSAGE = `
SELECT 'inbox' AS home, provider, account, content, data_key AS "dataKey", content_digest AS digest
FROM inbox_messages WHERE id = $1::uuid
UNION ALL
SELECT 'quarantine', provider, account, content, data_key, digest FROM quarantined_messages WHERE id = $1::uuid`
