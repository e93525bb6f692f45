/** References of all transactions of which some current event names one of these orders. */
export const REFERENCES_OF_ORDERS = `
SELECT DISTINCT e.account, e.reference
FROM unnest($1::text[], $2::text[]) AS k(account, order_id)
JOIN transaction_events e ON e.order_id = k.order_id AND e.account = k.account
WHERE e.reference IS NOT NULL AND e.superseded_at IS NULL`
