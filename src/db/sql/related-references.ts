/**
 * All references tied to the given ones ($1 account, $2 reference) by parent links in either direction, themselves
 * included. UNION (not UNION ALL) ends the walk on cycles.
 */
export const RELATED_REFERENCES = `
WITH RECURSIVE related(account, reference) AS (
  SELECT * FROM unnest($1::text[], $2::text[])
  UNION
  SELECT r.account, link.reference FROM related r CROSS JOIN LATERAL (
    SELECT e.parent_reference AS reference FROM transaction_events e
    WHERE e.reference = r.reference AND e.account = r.account AND e.parent_reference IS NOT NULL AND e.superseded_at IS NULL
    UNION ALL
    SELECT e.reference FROM transaction_events e
    WHERE e.parent_reference = r.reference AND e.account = r.account AND e.reference IS NOT NULL AND e.superseded_at IS NULL
  ) link
)
SELECT account, reference FROM related`
