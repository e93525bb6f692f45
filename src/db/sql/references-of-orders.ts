/**
 * References of all transactions of which some current event names one of these orders, and of those that a request or an
 * announced step of one of these orders acts on.
 */
export const REFERENCES_OF_ORDERS = `
SELECT DISTINCT k.provider, k.account, coalesce(e.reference, e.parent_reference) AS id
FROM unnest($1::text[], $2::text[], $3::text[]) AS k(provider, account, order_id)
JOIN transaction_events e ON e.order_id = k.order_id AND e.account = k.account AND e.provider = k.provider
WHERE coalesce(e.reference, e.parent_reference) IS NOT NULL AND e.superseded_at IS NULL
UNION
SELECT k.provider, k.account, x.parent_reference
FROM unnest($1::text[], $2::text[], $3::text[]) AS k(provider, account, order_id)
JOIN expectations x ON x.order_id = k.order_id AND x.account = k.account AND x.provider = k.provider
WHERE x.parent_reference IS NOT NULL AND x.withdrawn_at IS NULL`
