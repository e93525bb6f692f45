/** Order ids that any current event of these transactions names, or any request under them. */
export const ORDERS_OF_REFERENCES = `
SELECT DISTINCT e.account, e.order_id AS "orderId"
FROM unnest($1::text[], $2::text[]) AS k(account, reference)
CROSS JOIN LATERAL (
  SELECT account, order_id FROM transaction_events
  WHERE reference = k.reference AND account = k.account AND order_id IS NOT NULL AND superseded_at IS NULL
  UNION ALL
  SELECT account, order_id FROM transaction_events
  WHERE parent_reference = k.reference AND account = k.account AND order_id IS NOT NULL AND superseded_at IS NULL
) e`
