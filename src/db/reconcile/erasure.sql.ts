/** What is stored of messages ($1) and of those that repeat one of their events. */
export const STORED_OF_MESSAGES = `
WITH stating AS (
  SELECT unnest($1::uuid[]) AS inbox_id
  UNION
  SELECT r.inbox_id FROM transaction_events e JOIN event_repetitions r ON r.event_key = e.event_key
  WHERE e.inbox_id = ANY ($1::uuid[])
)
SELECT m.id AS "inboxId", m.content IS NOT NULL AS "hasBody",
       EXISTS (SELECT FROM inbox_queue q WHERE q.inbox_id = m.id) AS "isPending",
       ARRAY(SELECT json_build_object('id', e.id, 'isCurrent', true, 'fact', e.fact)
             FROM transaction_events e WHERE e.inbox_id = m.id
             UNION ALL
             SELECT json_build_object('id', s.id, 'isCurrent', false, 'fact', s.fact)
             FROM superseded_events s WHERE s.inbox_id = m.id) AS facts
FROM stating JOIN inbox_messages m ON m.id = stating.inbox_id
ORDER BY m.id`

const rewriting = (table: string): string => `
UPDATE ${table} e SET fact = f.fact
FROM unnest($1::uuid[], $2::uuid[], $3::json[]) AS f(inbox_id, id, fact)
WHERE e.inbox_id = f.inbox_id AND e.id = f.id`

export const ERASE_EVENTS = rewriting('transaction_events')
export const ERASE_SUPERSEDED_EVENTS = rewriting('superseded_events')

export const ERASE_BODIES = `
UPDATE inbox_messages SET content = NULL, data_key = NULL WHERE id = ANY ($1::uuid[])`

/** Of the payments of an account ($1, $2) after ($4, $5), $6 at most: those that show a customer by one of the ids $3. */
export const PAYMENTS_OF_CUSTOMER = `
WITH page AS (
  SELECT reference, first_seen_at, details -> 'customer' ->> 'id' AS customer FROM transactions
  WHERE account = $1 AND provider = $2 AND first_seen_at >= $4::timestamptz
    AND (first_seen_at, reference) > ($4::timestamptz, $5::text)
  ORDER BY first_seen_at, reference LIMIT $6
)
SELECT ARRAY(SELECT reference FROM page WHERE customer = ANY ($3::text[]) ORDER BY first_seen_at, reference) AS "references",
       count(*)::int AS seen, (array_agg(first_seen_at ORDER BY first_seen_at, reference))[count(*)] AS "lastSeenAt",
       (array_agg(reference ORDER BY first_seen_at, reference))[count(*)] AS "lastReference"
FROM page`
