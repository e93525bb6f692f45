/**
 * Current events of the given transactions ($1 account, $2 reference) with the requests under them, and the requests of
 * the given orders ($3 account, $4 order id). A request is an event that names no transaction.
 */
export const LOAD_EVENTS = `
SELECT e.id, e.inbox_id AS "inboxId", e.fact
FROM (
  SELECT e.id FROM unnest($1::text[], $2::text[]) AS k(account, reference)
  JOIN transaction_events e ON e.reference = k.reference AND e.account = k.account
  UNION
  SELECT e.id FROM unnest($1::text[], $2::text[]) AS k(account, reference)
  JOIN transaction_events e ON e.parent_reference = k.reference AND e.account = k.account AND e.reference IS NULL
  UNION
  SELECT e.id FROM unnest($3::text[], $4::text[]) AS k(account, order_id)
  JOIN transaction_events e ON e.order_id = k.order_id AND e.account = k.account AND e.reference IS NULL
) wanted JOIN transaction_events e USING (id)
WHERE e.superseded_at IS NULL`
