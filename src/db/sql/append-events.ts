import { jsonArray } from '../columns.ts'

/**
 * Append facts; one that is already known (equal key) is skipped and not returned. Sorted by key, so that two workers
 * appending the same facts wait in one order.
 */
export const APPEND_EVENTS = `
INSERT INTO transaction_events
  (id, inbox_id, event_key, provider, account, reference, parent_reference, order_id, witness, type, fact, occurred_at, received_at)
SELECT * FROM unnest(
  $1::uuid[], $2::uuid[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::text[], $10::text[], ${jsonArray('$11', 'json')}, $12::timestamptz[], $13::timestamptz[]
) AS t(id, inbox_id, event_key, provider, account, reference, parent_reference, order_id, witness, type, fact, occurred_at, received_at)
ORDER BY event_key
ON CONFLICT (event_key) WHERE superseded_at IS NULL DO NOTHING
RETURNING encode(event_key, 'hex') AS key`
