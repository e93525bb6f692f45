/**
 * All references tied to the given ones ($1 provider, $2 account, $3 reference) by parent links in either direction, themselves
 * included. UNION (not UNION ALL) ends the walk on cycles.
 */
export const RELATED_REFERENCES = `
WITH RECURSIVE related(provider, account, id) AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
  UNION
  SELECT r.provider, r.account, link.id FROM related r CROSS JOIN LATERAL (
    SELECT e.parent_reference AS id FROM transaction_events e
    WHERE e.reference = r.id AND e.account = r.account AND e.provider = r.provider
      AND e.parent_reference IS NOT NULL AND e.reference IS NOT NULL AND e.superseded_at IS NULL
    UNION ALL
    SELECT e.reference AS id FROM transaction_events e
    WHERE e.parent_reference = r.id AND e.account = r.account AND e.provider = r.provider
      AND e.reference IS NOT NULL AND e.superseded_at IS NULL
  ) link
)
SELECT provider, account, id FROM related`
