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
