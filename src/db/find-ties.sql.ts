/**
 * From references in the table `related` to all that parent links tie to them, in either direction. UNION (not UNION ALL)
 * ends the walk on cycles. Links are rare: both steps walk indexes that hold nothing else.
 */
export const WALK_LINKS = `
  SELECT r.provider, r.account, link.id FROM related r CROSS JOIN LATERAL (
    SELECT e.parent_reference AS id FROM transaction_events e
    WHERE e.reference = r.id AND e.account = r.account AND e.provider = r.provider
      AND e.parent_reference IS NOT NULL AND e.reference IS NOT NULL
    UNION ALL
    SELECT e.reference FROM transaction_events e
    WHERE e.parent_reference = r.id AND e.account = r.account AND e.provider = r.provider
      AND e.reference IS NOT NULL
  ) link`

/**
 * What has to be locked with the given references ($1 provider, $2 account, $3 reference): the references that links tie to
 * them, themselves included, and the orders that any message or announcement of these names.
 */
export const FIND_TIES = `
WITH RECURSIVE related(provider, account, id) AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
  UNION
  ${WALK_LINKS}
)
SELECT 'reference' AS kind, provider, account, id FROM related
UNION ALL
SELECT DISTINCT 'order', r.provider, r.account, named.order_id FROM related r CROSS JOIN LATERAL (
  SELECT order_id FROM transaction_events
  WHERE reference = r.id AND account = r.account AND provider = r.provider AND order_id IS NOT NULL
  UNION ALL
  SELECT order_id FROM transaction_events
  WHERE parent_reference = r.id AND account = r.account AND provider = r.provider AND order_id IS NOT NULL
  UNION ALL
  SELECT order_id FROM expectations
  WHERE parent_reference = r.id AND account = r.account AND provider = r.provider AND withdrawn_at IS NULL
) named`
