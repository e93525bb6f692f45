/**
 * One page of the inbox, the latest first: ids only, what is shown of them is read afterwards. An id sorts by receipt, so the page is a
 * piece of an index: which one depends on the filter. Every statement takes the same parameters:
 *
 *   $1 ids below this one (the cursor), $2 and $3 received from and before, $4 provider, $5 account, $6 state, $7 code, $8 limit
 *
 * A parameter that is null filters nothing; PostgreSQL plans each statement for the values it is given.
 */

/** By how much an id may be older than the time of receipt beside it: other clocks than the service's are not read for either. */
const APART = "interval '1 minute'"

/** What becomes of a message: what is queued again is pending, whatever came of it before. */
export const STATE = `(SELECT CASE WHEN EXISTS (SELECT FROM inbox_queue q WHERE q.inbox_id = m.id) THEN 'pending'
  ELSE coalesce((SELECT o.state FROM inbox_outcomes o WHERE o.inbox_id = m.id), 'pending') END)`

/** The part of an index that holds the page. */
const within = (id: string): string => `
  ${id} < LEAST($1::uuid, first_id_of($3::timestamptz + ${APART}))
  AND ($2::timestamptz IS NULL OR ${id} >= first_id_of($2::timestamptz - ${APART}))`

/** Of a row of inbox_messages, `m`. */
const PASSES = `
  AND ($2::timestamptz IS NULL OR m.received_at >= $2) AND ($3::timestamptz IS NULL OR m.received_at < $3)
  AND ($4::text IS NULL OR m.provider = $4) AND ($5::text IS NULL OR m.account = $5)
  AND ($6::text IS NULL OR ${STATE} = $6)
  AND ($7::text IS NULL OR (${STATE} = 'parked'
       AND (SELECT o.code FROM inbox_outcomes o WHERE o.inbox_id = m.id) = $7))`

export const PAGE_OF_ALL = `
SELECT m.id FROM inbox_messages m
WHERE ${within('m.id')} ${PASSES}
ORDER BY m.id DESC LIMIT $8`

/** Of a provider alone it reads past the messages of the others. */
export const PAGE_OF_PROVIDER = `
SELECT m.id FROM inbox_messages m
WHERE m.provider = $4 AND ${within('m.id')} ${PASSES}
ORDER BY m.id DESC LIMIT $8`

/** An account's name may be known to several providers: each has its own piece of the index. */
export const PAGE_OF_ACCOUNT = `
WITH RECURSIVE known(provider) AS (
  (SELECT provider FROM inbox_messages WHERE account = $5 ORDER BY provider LIMIT 1)
  UNION ALL
  SELECT (SELECT m.provider FROM inbox_messages m WHERE m.account = $5 AND m.provider > known.provider ORDER BY m.provider LIMIT 1)
  FROM known WHERE known.provider IS NOT NULL
)
SELECT page.id FROM known
CROSS JOIN LATERAL (
  SELECT m.id FROM inbox_messages m
  WHERE m.account = $5 AND m.provider = known.provider AND ${within('m.id')} ${PASSES}
  ORDER BY m.id DESC LIMIT $8
) page
ORDER BY page.id DESC LIMIT $8`

export const PAGE_OF_PENDING = `
SELECT m.id FROM inbox_queue q JOIN inbox_messages m ON m.id = q.inbox_id
WHERE ${within('q.inbox_id')} ${PASSES}
ORDER BY q.inbox_id DESC LIMIT $8`

/** Parked or duplicate; of a code, parked. */
export const PAGE_OF_UNCOMMON = `
SELECT m.id FROM inbox_outcomes u JOIN inbox_messages m ON m.id = u.inbox_id
WHERE u.state = coalesce($6::text, 'parked') AND u.state <> 'processed' AND ${within('u.inbox_id')} ${PASSES}
ORDER BY u.inbox_id DESC LIMIT $8`

/**
 * What named the reference $9, as its own or as that of the payment it acts on. Keys of the ledger between $10 and $11 begin with it:
 * so a notification is found that is still pending, was parked or stated nothing new.
 */
export const PAGE_OF_REFERENCE = `
SELECT m.id FROM (
  SELECT inbox_id FROM transaction_events WHERE reference = $9
  UNION
  SELECT inbox_id FROM transaction_events WHERE parent_reference = $9
  UNION
  SELECT inbox_id FROM receipts WHERE key >= $10::bytea AND key < $11::bytea
) named
JOIN inbox_messages m ON m.id = named.inbox_id
WHERE ${within('m.id')} ${PASSES}
ORDER BY m.id DESC LIMIT $8`

/** Few at any time. What is quarantined names nothing that is believed: it has no state but that one. */
export const PAGE_OF_QUARANTINED = `
SELECT m.id FROM quarantined_messages m
WHERE m.id < LEAST($1::uuid, first_id_of($3::timestamptz + ${APART}))
  AND ($2::timestamptz IS NULL OR m.first_seen_at >= $2) AND ($3::timestamptz IS NULL OR m.first_seen_at < $3)
  AND ($4::text IS NULL OR m.provider = $4) AND ($5::text IS NULL OR m.account = $5)
  AND ($6::text IS NULL OR $6 = 'quarantined') AND ($7::text IS NULL OR m.reason = $7)
ORDER BY m.id DESC LIMIT $8`
