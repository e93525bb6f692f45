import { digestAt, jsonArray } from '../unnest-parameters.ts'
import { KEPT_WITH_MESSAGES } from '../original-ids.sql.ts'

/**
 * Receipt, one statement per batch: ledger, message and queue in one commit.
 *
 * The ledger row is upserted rather than skipped, so that a redelivery is counted and learns the id of its first
 * delivery in the same round trip. `xmax = 0` tells a row that this statement inserted from one that it updated.
 * Rows are sorted by key: two replicas then wait for each other in one order and cannot deadlock. A key comes once, or once
 * for each content that an Idempotency-Key is used for: then the first of them enters the ledger, unless one is there. Only
 * deliveries of what the ledger holds are counted.
 *
 * Answers one row: how many keys the ledger has now, and what it had before. Of nearly every batch that is nothing.
 * Bytes travel as one run per column, cut here: as array members they would be written in hexadecimal and read back.
 */
const receipt = (further: string): string => `
WITH incoming AS (
  SELECT ${digestAt('$1', 'n')} AS key, ${digestAt('$2', 'n')} AS content_digest, decode(marked, 'hex') AS content_mark, t.*
  FROM unnest(
    $3::uuid[], $4::int[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[],
    ${jsonArray('$10', 'jsonb')}, ${jsonArray('$11', 'jsonb')}, $12::int[], $13::int[], $16::text[], $17::bool[]
  ) WITH ORDINALITY AS t(inbox_id, deliveries, received_at, provider, account, witness, secret_id,
                         scrubbed, envelope, starts_at, length, marked, first, n)
), ledger AS (
  INSERT INTO receipts AS r (key, inbox_id, deliveries, last_delivered_at, content_mark)
  SELECT key, inbox_id, deliveries, received_at, content_mark FROM incoming WHERE first ORDER BY key
  ON CONFLICT (key) DO UPDATE SET (deliveries, last_delivered_at) = (
    SELECT r.deliveries + coalesce(sum(same.deliveries), 0), coalesce(max(same.received_at), r.last_delivered_at)
    FROM (
      SELECT excluded.deliveries, excluded.last_delivered_at AS received_at
      WHERE r.content_mark IS NULL OR r.content_mark = excluded.content_mark
      UNION ALL
      SELECT i.deliveries, i.received_at FROM incoming i
      WHERE r.content_mark <> excluded.content_mark AND i.key = r.key AND i.content_mark = r.content_mark
    ) same)
  RETURNING r.key, r.inbox_id, r.content_mark, (r.xmax = 0) AS fresh
), stored AS (
  INSERT INTO inbox_messages
    (id, provider, account, witness, content, content_digest, scrubbed, envelope, secret_id, received_at, data_key)
  SELECT i.inbox_id, i.provider, i.account, i.witness, substring($14::bytea FROM i.starts_at FOR i.length), i.content_digest,
         ARRAY(SELECT jsonb_array_elements_text(i.scrubbed)), i.envelope, i.secret_id, i.received_at, $15::text
  FROM incoming i JOIN ledger l USING (key, inbox_id) WHERE l.fresh
), queued AS (
  INSERT INTO inbox_queue (inbox_id, due_at)
  SELECT i.inbox_id, i.received_at FROM incoming i JOIN ledger l USING (key, inbox_id) WHERE l.fresh
)${further}
SELECT count(*)::int AS keys,
       coalesce(json_agg(json_build_object('key', encode(key, 'hex'), 'inboxId', inbox_id, 'mark', encode(content_mark, 'hex')))
                FILTER (WHERE NOT fresh), '[]') AS known
FROM ledger`

export const RECEIVE_MESSAGES = receipt('')

/** The same where some of the messages bring originals of replaced ids: $18, as JSON. */
export const RECEIVE_WITH_ORIGINALS = receipt(KEPT_WITH_MESSAGES)
