/** Order ids that any current event of these transactions names, any request under them, or any announced step on them. */
export const ORDERS_OF_REFERENCES = `
SELECT DISTINCT k.provider, k.account, e.order_id AS id
FROM unnest($1::text[], $2::text[], $3::text[]) AS k(provider, account, reference)
CROSS JOIN LATERAL (
  SELECT order_id FROM transaction_events
  WHERE reference = k.reference AND account = k.account AND provider = k.provider
    AND order_id IS NOT NULL AND superseded_at IS NULL
  UNION ALL
  SELECT order_id FROM transaction_events
  WHERE parent_reference = k.reference AND account = k.account AND provider = k.provider
    AND order_id IS NOT NULL AND superseded_at IS NULL
  UNION ALL
  SELECT order_id FROM expectations
  WHERE parent_reference = k.reference AND account = k.account AND provider = k.provider AND withdrawn_at IS NULL
) e`
