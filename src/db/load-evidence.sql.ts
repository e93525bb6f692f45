import { isoText } from './unnest-parameters.ts'
import { WALK_LINKS } from './walk-links.sql.ts'

const EVENT = `SELECT 'event' AS kind, e.id, e.inbox_id, encode(e.event_key, 'hex') AS key, e.fact AS row
  FROM transaction_events e`

const EXPECTATION = `SELECT 'expectation', x.id, NULL, NULL, json_build_object(
    'id', x.id, 'provider', x.provider, 'account', x.account, 'orderId', x.order_id, 'channel', x.channel,
    'operation', x.operation, 'operationId', x.operation_id, 'parentReference', x.parent_reference,
    'amount', x.amount, 'currency', x.currency, 'createdAt', ${isoText('x.created_at')},
    'saidAt', ${isoText('x.said_at')}, 'requestedAt', ${isoText('x.requested_at')})
  FROM expectations x`

const RESOLUTION = `SELECT 'resolution', s.id, NULL, NULL, json_build_object(
    'provider', s.provider, 'account', s.account, 'reference', s.reference, 'orderId', s.order_id,
    'key', s.key, 'outcome', s.outcome, 'covers', s.covers, 'at', ${isoText('s.stated_at')})
  FROM resolutions s`

const DISCREPANCY = `SELECT 'discrepancy', d.id, NULL, NULL, json_build_object(
    'id', d.id, 'provider', d.provider, 'account', d.account, 'key', d.key, 'reference', d.reference, 'orderId', d.order_id,
    'response', d.response, 'notification', d.notification, 'amountAtRisk', d.amount_at_risk, 'currency', d.currency,
    'covers', d.covers)
  FROM discrepancies d`

const DEADLINE = `SELECT 'deadline', NULL, NULL, NULL, json_build_object(
    'provider', l.provider, 'account', l.account, 'kind', l.kind, 'id', l.subject, 'dueAt', ${isoText('l.due_at')})
  FROM deadlines l`

/** The row belongs to the key `k`. The id comes first, as in every index. */
const of = (row: string, column: string): string =>
  `${row}.${column} = k.id AND ${row}.account = k.account AND ${row}.provider = k.provider`

/**
 * Everything known about the given transactions ($1–$3) and orders ($4–$6) in one reading, a row each: events, calls
 * under either, live announcements, operators' statements, open discrepancies, deadlines. A row that both lead to comes
 * twice. What an order's messages act on belongs to it, and so does all that links tie to that; an announcement always names
 * an order, a statement the subject of its discrepancy.
 *
 * LATERAL over UNION ALL rather than joins: PostgreSQL cannot estimate how much a walk over links finds, and a join might then read
 * the whole table instead of stepping into an index for each key.
 */
export const LOAD_EVIDENCE = `
WITH RECURSIVE orders_wanted(provider, account, id) AS (
  SELECT * FROM unnest($4::text[], $5::text[], $6::text[])
), related(provider, account, id) AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
  UNION
  SELECT k.provider, k.account, named.reference FROM orders_wanted k CROSS JOIN LATERAL (
    SELECT coalesce(e.reference, e.parent_reference) AS reference FROM transaction_events e
    WHERE ${of('e', 'order_id')} AND coalesce(e.reference, e.parent_reference) IS NOT NULL
    UNION ALL
    SELECT x.parent_reference FROM expectations x
    WHERE ${of('x', 'order_id')} AND x.parent_reference IS NOT NULL AND x.withdrawn_at IS NULL
  ) named
  UNION
  ${WALK_LINKS}
)
SELECT found.kind, found.id, found.inbox_id AS "inboxId", found.key AS "eventKey", found.row FROM related k CROSS JOIN LATERAL (
  ${EVENT} WHERE ${of('e', 'reference')}
  UNION ALL
  ${EVENT} WHERE ${of('e', 'parent_reference')} AND e.reference IS NULL
  UNION ALL
  ${EXPECTATION} WHERE ${of('x', 'parent_reference')} AND x.withdrawn_at IS NULL
  UNION ALL
  ${RESOLUTION} WHERE ${of('s', 'reference')}
  UNION ALL
  ${DISCREPANCY} WHERE ${of('d', 'reference')} AND d.resolved_at IS NULL
  UNION ALL
  ${DEADLINE} WHERE ${of('l', 'subject')} AND l.kind = 'reference'
) found
UNION ALL
SELECT found.kind, found.id, found.inbox_id, found.key, found.row FROM orders_wanted k CROSS JOIN LATERAL (
  ${EVENT} WHERE ${of('e', 'order_id')} AND e.reference IS NULL
  UNION ALL
  ${EXPECTATION} WHERE ${of('x', 'order_id')} AND x.withdrawn_at IS NULL
  UNION ALL
  ${RESOLUTION} WHERE ${of('s', 'order_id')}
  UNION ALL
  ${DISCREPANCY} WHERE ${of('d', 'order_id')} AND d.reference IS NULL AND d.resolved_at IS NULL
  UNION ALL
  ${DEADLINE} WHERE ${of('l', 'subject')} AND l.kind = 'order'
) found`
