import { WALK_LINKS } from './find-ties.ts'

/** As JavaScript writes a time: announcements and statements are compared as text. */
const isoText = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/**
 * Everything known about the given transactions ($1–$3) and orders ($4–$6) in one reading, a row each: current events, calls
 * under either (one that names both comes twice), live announcements, operators' statements, open discrepancies, deadlines.
 * What an order's messages act on belongs to it, and so does all that links tie to that; an announcement always names an
 * order, a statement the subject of its discrepancy.
 */
export const LOAD_EVIDENCE = `
WITH RECURSIVE orders_wanted AS (
  SELECT * FROM unnest($4::text[], $5::text[], $6::text[]) AS k(provider, account, order_id)
), related(provider, account, id) AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
  UNION
  SELECT k.provider, k.account, coalesce(e.reference, e.parent_reference) FROM orders_wanted k
  JOIN transaction_events e ON e.order_id = k.order_id AND e.account = k.account AND e.provider = k.provider
  WHERE coalesce(e.reference, e.parent_reference) IS NOT NULL AND e.superseded_at IS NULL
  UNION
  SELECT k.provider, k.account, x.parent_reference FROM orders_wanted k
  JOIN expectations x ON x.order_id = k.order_id AND x.account = k.account AND x.provider = k.provider
  WHERE x.parent_reference IS NOT NULL AND x.withdrawn_at IS NULL
  UNION
  ${WALK_LINKS}
), announced AS (
  SELECT x.* FROM orders_wanted k
  JOIN expectations x ON x.order_id = k.order_id AND x.account = k.account AND x.provider = k.provider
  WHERE x.withdrawn_at IS NULL
  UNION
  SELECT x.* FROM related r
  JOIN expectations x ON x.parent_reference = r.id AND x.account = r.account AND x.provider = r.provider
  WHERE x.withdrawn_at IS NULL
), stated AS (
  SELECT s.* FROM related r
  JOIN resolutions s ON s.reference = r.id AND s.account = r.account AND s.provider = r.provider
  UNION
  SELECT s.* FROM orders_wanted k
  JOIN resolutions s ON s.order_id = k.order_id AND s.account = k.account AND s.provider = k.provider
)
SELECT 'event' AS kind, e.id, e.inbox_id AS "inboxId", e.fact AS row FROM related r
JOIN transaction_events e ON e.reference = r.id AND e.account = r.account AND e.provider = r.provider
WHERE e.superseded_at IS NULL
UNION ALL
SELECT 'event', e.id, e.inbox_id, e.fact FROM related r
JOIN transaction_events e ON e.parent_reference = r.id AND e.account = r.account AND e.provider = r.provider
WHERE e.reference IS NULL AND e.superseded_at IS NULL
UNION ALL
SELECT 'event', e.id, e.inbox_id, e.fact FROM orders_wanted k
JOIN transaction_events e ON e.order_id = k.order_id AND e.account = k.account AND e.provider = k.provider
WHERE e.reference IS NULL AND e.superseded_at IS NULL
UNION ALL
SELECT 'expectation', NULL, NULL, json_build_object(
  'id', x.id, 'provider', x.provider, 'account', x.account, 'orderId', x.order_id, 'channel', x.channel,
  'operation', x.operation, 'operationId', x.operation_id, 'parentReference', x.parent_reference,
  'amount', x.amount, 'currency', x.currency, 'createdAt', ${isoText('x.created_at')})
FROM announced x
UNION ALL
SELECT 'resolution', NULL, NULL, json_build_object(
  'provider', s.provider, 'account', s.account, 'reference', s.reference, 'orderId', s.order_id,
  'key', s.key, 'outcome', s.outcome, 'at', ${isoText('s.stated_at')})
FROM stated s
UNION ALL
SELECT 'discrepancy', d.id, NULL, json_build_object(
  'id', d.id, 'provider', d.provider, 'account', d.account, 'key', d.key, 'reference', d.reference, 'orderId', d.order_id,
  'response', d.response, 'notification', d.notification, 'amountAtRisk', d.amount_at_risk, 'currency', d.currency)
FROM related r
JOIN discrepancies d ON d.reference = r.id AND d.account = r.account AND d.provider = r.provider
WHERE d.resolved_at IS NULL
UNION ALL
SELECT 'discrepancy', d.id, NULL, json_build_object(
  'id', d.id, 'provider', d.provider, 'account', d.account, 'key', d.key, 'reference', d.reference, 'orderId', d.order_id,
  'response', d.response, 'notification', d.notification, 'amountAtRisk', d.amount_at_risk, 'currency', d.currency)
FROM orders_wanted k
JOIN discrepancies d ON d.order_id = k.order_id AND d.account = k.account AND d.provider = k.provider
WHERE d.reference IS NULL AND d.resolved_at IS NULL
UNION ALL
SELECT 'deadline', NULL, NULL, json_build_object(
  'provider', d.provider, 'account', d.account, 'kind', d.kind, 'id', d.subject, 'dueAt', ${isoText('d.due_at')})
FROM (
  SELECT 'reference' AS kind, provider, account, id FROM related
  UNION ALL
  SELECT 'order', provider, account, order_id FROM orders_wanted
) s
JOIN deadlines d ON d.subject = s.id AND d.account = s.account AND d.provider = s.provider AND d.kind = s.kind`
