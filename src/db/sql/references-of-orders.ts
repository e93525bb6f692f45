/**
 * References of all transactions of which some current event names one of these orders, and of those that a request of
 * one of these orders acts on.
 */
export const REFERENCES_OF_ORDERS = `
SELECT DISTINCT k.provider, k.account, coalesce(e.reference, e.parent_reference) AS id
FROM unnest($1::text[], $2::text[], $3::text[]) AS k(provider, account, order_id)
JOIN transaction_events e ON e.order_id = k.order_id AND e.account = k.account AND e.provider = k.provider
WHERE coalesce(e.reference, e.parent_reference) IS NOT NULL AND e.superseded_at IS NULL`
