import { digestAt, jsonArray } from '../columns.ts'
import { KEPT_WITH_MESSAGES } from './original-ids.ts'

/**
 * Receipt, one statement per batch: ledger, message and queue in one commit.
 *
 * The ledger row is upserted rather than skipped, so that a redelivery is counted and learns the id of its first
 * delivery in the same round trip. `xmax = 0` tells a row that this statement inserted from one that it updated.
 * Keys must be distinct and sorted by the caller: two replicas then wait for each other in one order and cannot deadlock.
 *
 * Bytes travel as one run per column, cut here: as array members they would be written in hexadecimal and read back.
 */
const receipt = (further: string): string => `
WITH incoming AS (
  SELECT ${digestAt('$1', 'n')} AS key, ${digestAt('$2', 'n')} AS content_digest, t.*
  FROM unnest(
    $3::uuid[], $4::int[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[],
    ${jsonArray('$10', 'jsonb')}, ${jsonArray('$11', 'jsonb')}, $12::int[], $13::int[]
  ) WITH ORDINALITY AS t(inbox_id, deliveries, received_at, provider, account, witness, secret_id,
                         scrubbed, envelope, starts_at, length, n)
), ledger AS (
  INSERT INTO receipts AS r (key, inbox_id, deliveries, last_delivered_at)
  SELECT key, inbox_id, deliveries, received_at FROM incoming ORDER BY key
  ON CONFLICT (key) DO UPDATE
    SET deliveries = r.deliveries + excluded.deliveries, last_delivered_at = excluded.last_delivered_at
  RETURNING r.key, r.inbox_id, (r.xmax = 0) AS fresh
), stored AS (
  INSERT INTO inbox_messages
    (id, provider, account, witness, content, content_digest, scrubbed, envelope, secret_id, received_at, data_key)
  SELECT i.inbox_id, i.provider, i.account, i.witness, substring($14::bytea FROM i.starts_at FOR i.length), i.content_digest,
         ARRAY(SELECT jsonb_array_elements_text(i.scrubbed)), i.envelope, i.secret_id, i.received_at, $15::text
  FROM incoming i JOIN ledger l USING (key) WHERE l.fresh
), queued AS (
  INSERT INTO inbox_queue (inbox_id, due_at)
  SELECT i.inbox_id, i.received_at FROM incoming i JOIN ledger l USING (key) WHERE l.fresh
)${further}
SELECT encode(key, 'hex') AS key, inbox_id, fresh FROM ledger`

export const RECEIVE_MESSAGES = receipt('')

/** The same where some of the messages bring originals of replaced ids: $16, as JSON. */
export const RECEIVE_WITH_ORIGINALS = receipt(KEPT_WITH_MESSAGES)
