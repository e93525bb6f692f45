/**
 * Current events of the given transactions ($1–$3) with the requests under them, and the requests of the given orders
 * ($4–$6). A request is an event that names no transaction.
 */
export const LOAD_EVENTS = `
WITH transactions_wanted AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS k(provider, account, reference)
), orders_wanted AS (
  SELECT * FROM unnest($4::text[], $5::text[], $6::text[]) AS k(provider, account, order_id)
)
SELECT e.id, e.inbox_id AS "inboxId", e.fact
FROM (
  SELECT e.id FROM transactions_wanted k
  JOIN transaction_events e ON e.reference = k.reference AND e.account = k.account AND e.provider = k.provider
  UNION
  SELECT e.id FROM transactions_wanted k
  JOIN transaction_events e ON e.parent_reference = k.reference AND e.account = k.account AND e.provider = k.provider
  WHERE e.reference IS NULL
  UNION
  SELECT e.id FROM orders_wanted k
  JOIN transaction_events e ON e.order_id = k.order_id AND e.account = k.account AND e.provider = k.provider
  WHERE e.reference IS NULL
) wanted JOIN transaction_events e USING (id)
WHERE e.superseded_at IS NULL`
