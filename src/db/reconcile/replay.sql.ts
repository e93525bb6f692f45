import type { ReplayFilter } from '../../inbox/replay/stores.ts'

/**
 * The messages of a replay. A parameter that is null filters nothing:
 *
 *   $1 id, $2 state, $3 code, $4 provider, $5 account, $6 received from, $7 and before, $8 only of older translations,
 *   $9 names and $10 versions of today's translations, $11 neither received nor processed after
 */

/** By how much an id may be older than the time of receipt beside it. */
const APART = "interval '1 minute'"

/** Of an outcome `o` and its message `m`. What an operator gave up is chosen by its id alone. */
const CHOSEN = `(
  ($1::uuid IS NULL OR o.inbox_id = $1) AND ($2::text IS NULL OR o.state = $2)
  AND ($3::text IS NULL OR (o.state = 'parked' AND o.code = $3))
  AND ($4::text IS NULL OR m.provider = $4) AND ($5::text IS NULL OR m.account = $5)
  AND ($6::timestamptz IS NULL OR m.received_at >= $6) AND ($7::timestamptz IS NULL OR m.received_at < $7)
  AND (NOT $8::bool OR o.translation IS NULL OR o.translation < (
    SELECT v.version FROM unnest($9::text[], $10::int[]) AS v(provider, version) WHERE v.provider = m.provider))
  AND o.processed_at <= $11::timestamptz AND m.received_at <= $11
  AND ($1 IS NOT NULL OR coalesce(o.detail, '') NOT LIKE 'given up:%')
  AND NOT EXISTS (SELECT FROM inbox_queue q WHERE q.inbox_id = o.inbox_id))`

/** Outcomes in the order of receipt after $12, at most $13 of them whether chosen or not: no statement reads the whole table. */
const scanned = (common: string): string => `
  SELECT o.* FROM inbox_outcomes o
  WHERE o.inbox_id > $12::uuid ${common} AND ($1::uuid IS NULL OR o.inbox_id = $1)
    AND ($6::timestamptz IS NULL OR o.inbox_id >= first_id_of($6 - ${APART}))
    AND ($7::timestamptz IS NULL OR o.inbox_id < first_id_of($7 + ${APART}))
  ORDER BY o.inbox_id LIMIT $13`

/** What is parked or a duplicate is found by an index that holds nothing else. */
const SCANNED = scanned('')
const SCANNED_UNCOMMON = scanned("AND o.state = coalesce($2, 'parked') AND o.state <> 'processed'")

export const isUncommon = ({ state, reason }: ReplayFilter): boolean =>
  reason !== undefined || state === 'parked' || state === 'duplicate'

/** Up to $14 chosen ids; `last` is the last outcome that was looked at, of `seen`. */
export const chooseMessages = (uncommon: boolean): string => `
WITH scanned AS MATERIALIZED (${uncommon ? SCANNED_UNCOMMON : SCANNED})
SELECT ARRAY(
         SELECT o.inbox_id FROM scanned o JOIN inbox_messages m ON m.id = o.inbox_id
         WHERE ${CHOSEN} ORDER BY o.inbox_id LIMIT $14
       ) AS "inboxIds",
       (SELECT count(*)::int FROM scanned) AS seen,
       (SELECT inbox_id FROM scanned ORDER BY inbox_id DESC LIMIT 1) AS last`

/** How many of them are chosen, and a sum over what came of each: the order of reading does not matter. */
export const surveyMessages = (uncommon: boolean): string => `
WITH scanned AS MATERIALIZED (${uncommon ? SCANNED_UNCOMMON : SCANNED})
SELECT chosen.*, (SELECT count(*)::int FROM scanned) AS seen,
       (SELECT inbox_id FROM scanned ORDER BY inbox_id DESC LIMIT 1) AS last
FROM (
  SELECT count(*)::int AS messages,
         coalesce(sum(hashtextextended(concat_ws(' ', o.inbox_id, o.state, o.translation, o.processed_at AT TIME ZONE 'UTC'), 0)::numeric), 0)::text AS sum
  FROM scanned o JOIN inbox_messages m ON m.id = o.inbox_id WHERE ${CHOSEN}
) chosen`

/** Who states the event of a key: its own message, and those that repeated it. */
const STATED_BY = `
  SELECT inbox_id, event_key FROM transaction_events
  UNION ALL
  SELECT inbox_id, event_key FROM event_repetitions`

/**
 * The messages $12 with all that state one of their events, and so on. PostgreSQL cannot estimate how many that are: of an array it
 * takes few, and steps to each message by its key; a join would read the whole table.
 */
export const STATEMENTS = `
WITH RECURSIVE members(id) AS (
  SELECT * FROM unnest($12::uuid[])
  UNION
  SELECT other.inbox_id FROM members x
  CROSS JOIN LATERAL (SELECT event_key FROM (${STATED_BY}) mine WHERE mine.inbox_id = x.id) stated
  CROSS JOIN LATERAL (SELECT inbox_id FROM (${STATED_BY}) theirs WHERE theirs.event_key = stated.event_key) other
)
SELECT m.id AS "inboxId", m.provider, m.account, m.witness, m.content, m.data_key AS "dataKey", m.envelope,
       m.received_at AS "receivedAt", 0 AS attempts, 0 AS "putOff",
       EXISTS (SELECT FROM inbox_queue q WHERE q.inbox_id = m.id) AS "isPending",
       coalesce(${CHOSEN}, false) AS "isChosen",
       ARRAY(SELECT encode(r.event_key, 'hex') FROM event_repetitions r WHERE r.inbox_id = m.id ORDER BY 1) AS repeated,
       coalesce((
         SELECT json_agg(json_build_object('id', e.id, 'eventKey', encode(e.event_key, 'hex'), 'fact', e.fact::text) ORDER BY e.id)
         FROM transaction_events e WHERE e.inbox_id = m.id), '[]') AS events
FROM inbox_messages m LEFT JOIN inbox_outcomes o ON o.inbox_id = m.id
WHERE m.id = ANY (ARRAY(SELECT id FROM members))
ORDER BY m.id`

const COLUMNS = `id, filter AS choice, actor, messages, replayed, staying, begun_at AS "begunAt", ended_at AS "endedAt"`

export const BEGIN_REPLAY = `
INSERT INTO replays (id, plan, filter, actor, messages, position, begun_at)
VALUES ($1::uuid, $2::bytea, $3::jsonb, $4, $5::int, $6::uuid, $7::timestamptz)
ON CONFLICT (plan) WHERE ended_at IS NULL DO NOTHING
RETURNING ${COLUMNS}`

export const FIND_REPLAY_OF_PLAN = `SELECT ${COLUMNS} FROM replays WHERE plan = $1::bytea AND ended_at IS NULL`

export const FIND_REPLAY = `SELECT ${COLUMNS} FROM replays WHERE id = $1::uuid`

export const RUNNING_REPLAYS = `
SELECT ${COLUMNS}, position FROM replays WHERE ended_at IS NULL ORDER BY begun_at, id`

export const HOLD_REPLAY = `
SELECT id FROM replays WHERE id = $1::uuid AND position = $2::uuid AND ended_at IS NULL FOR UPDATE SKIP LOCKED`

/** $4: how many more stay, by reason. */
export const ADVANCE_REPLAY = `
UPDATE replays SET position = $2::uuid, replayed = replayed + $3::int, ended_at = $5::timestamptz,
  staying = staying || coalesce((
    SELECT jsonb_object_agg(more.key, coalesce((staying ->> more.key)::int, 0) + more.value::int)
    FROM jsonb_each_text($4::jsonb) AS more), '{}')
WHERE id = $1::uuid`

/** The saved rows of payments ($1–$3) and orders ($4–$6), with the classes of what is open about each. */
export const SHOWN_STATES = `
SELECT 'transaction' AS kind, t.provider, t.account, t.reference AS id, json_build_object(
    'orderId', t.order_id, 'status', t.status, 'reconciliation', t.reconciliation, 'final', t.final, 'overdue', t.overdue,
    'currency', t.currency, 'authorizedTotal', t.authorized_total, 'capturedTotal', t.captured_total,
    'refundedTotal', t.refunded_total, 'chargedBackTotal', t.charged_back_total,
    'discrepancies', (SELECT coalesce(json_agg(d.class ORDER BY d.class), '[]') FROM discrepancies d
      WHERE d.reference = t.reference AND d.account = t.account AND d.provider = t.provider AND d.resolved_at IS NULL)) AS state
FROM unnest($1::text[], $2::text[], $3::text[]) AS k(provider, account, id)
JOIN transactions t ON t.reference = k.id AND t.account = k.account AND t.provider = k.provider
UNION ALL
SELECT 'order', o.provider, o.account, o.order_id, json_build_object(
    'transactions', o.transactions, 'paid', o.paid, 'paidReason', o.paid_reason, 'safeToRetry', o.safe_to_retry,
    'reason', o.reason, 'currency', o.currency, 'capturedTotal', o.captured_total, 'refundedTotal', o.refunded_total,
    'chargedBackTotal', o.charged_back_total, 'netTotal', o.net_total,
    'discrepancies', (SELECT coalesce(json_agg(d.class ORDER BY d.class), '[]') FROM discrepancies d
      WHERE d.order_id = o.order_id AND d.account = o.account AND d.provider = o.provider AND d.reference IS NULL
        AND d.resolved_at IS NULL))
FROM unnest($4::text[], $5::text[], $6::text[]) AS k(provider, account, id)
JOIN orders o ON o.order_id = k.id AND o.account = k.account AND o.provider = k.provider`
