/** As JavaScript writes a time: announcements and statements are compared as text. */
const isoText = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/**
 * Live announcements and operators' statements about the given transactions ($1–$3) and orders ($4–$6). An announcement
 * always names an order; an operator's statement names the subject of its discrepancy.
 */
export const LOAD_STATEMENTS = `
WITH transactions_wanted AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS k(provider, account, reference)
), orders_wanted AS (
  SELECT * FROM unnest($4::text[], $5::text[], $6::text[]) AS k(provider, account, order_id)
)
SELECT 'expectation' AS kind, jsonb_build_object(
  'id', x.id, 'provider', x.provider, 'account', x.account, 'orderId', x.order_id, 'channel', x.channel,
  'operation', x.operation, 'operationId', x.operation_id, 'parentReference', x.parent_reference,
  'amount', x.amount, 'currency', x.currency, 'createdAt', ${isoText('x.created_at')}) AS statement
FROM orders_wanted k
JOIN expectations x ON x.order_id = k.order_id AND x.account = k.account AND x.provider = k.provider
WHERE x.withdrawn_at IS NULL
UNION ALL
SELECT 'resolution', jsonb_build_object(
  'provider', r.provider, 'account', r.account, 'reference', r.reference, 'orderId', r.order_id,
  'key', r.key, 'outcome', r.outcome, 'at', ${isoText('r.stated_at')})
FROM (
  SELECT r.id FROM transactions_wanted k
  JOIN resolutions r ON r.reference = k.reference AND r.account = k.account AND r.provider = k.provider
  UNION
  SELECT r.id FROM orders_wanted k
  JOIN resolutions r ON r.order_id = k.order_id AND r.account = k.account AND r.provider = k.provider
) wanted JOIN resolutions r USING (id)`
