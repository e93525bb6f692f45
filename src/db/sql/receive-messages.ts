/**
 * Receipt, one statement per batch: ledger, message and queue in one commit.
 *
 * The ledger row is upserted rather than skipped, so that a redelivery is counted and learns the id of its first
 * delivery in the same round trip. `xmax = 0` tells a row that this statement inserted from one that it updated.
 * Keys must be distinct and sorted by the caller: two replicas then wait for each other in one order and cannot deadlock.
 */
export const RECEIVE_MESSAGES = `
WITH incoming AS (
  SELECT * FROM unnest(
    $1::bytea[], $2::uuid[], $3::int[], $4::timestamptz[],
    $5::text[], $6::text[], $7::text[], $8::bytea[], $9::bytea[], $10::jsonb[], $11::jsonb[], $12::text[]
  ) AS t(key, inbox_id, deliveries, received_at,
         provider, account, witness, content, content_digest, scrubbed, envelope, secret_id)
), ledger AS (
  INSERT INTO receipts AS r (key, inbox_id, deliveries, last_delivered_at)
  SELECT key, inbox_id, deliveries, received_at FROM incoming ORDER BY key
  ON CONFLICT (key) DO UPDATE
    SET deliveries = r.deliveries + excluded.deliveries, last_delivered_at = excluded.last_delivered_at
  RETURNING r.key, r.inbox_id, (r.xmax = 0) AS fresh
), stored AS (
  INSERT INTO inbox_messages
    (id, provider, account, witness, content, content_digest, scrubbed, envelope, secret_id, received_at)
  SELECT i.inbox_id, i.provider, i.account, i.witness, i.content, i.content_digest,
         ARRAY(SELECT jsonb_array_elements_text(i.scrubbed)), i.envelope, i.secret_id, i.received_at
  FROM incoming i JOIN ledger l USING (key) WHERE l.fresh
), queued AS (
  INSERT INTO inbox_queue (inbox_id, due_at)
  SELECT i.inbox_id, i.received_at FROM incoming i JOIN ledger l USING (key) WHERE l.fresh
)
SELECT key, inbox_id, fresh FROM ledger`
