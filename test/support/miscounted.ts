import type { Pool } from 'pg'

/** What the payments themselves come to, as ops.daily_reconciliation is to say it. */
const RECOUNTED = `
SELECT (t.first_seen_at AT TIME ZONE 'UTC')::date AS day, t.provider, t.account, t.test, t.currency, t.reconciliation,
       count(*)::int AS transactions, count(*) FILTER (WHERE t.overdue)::int AS overdue,
       coalesce(sum(t.captured_total), 0)::bigint AS captured_total,
       coalesce(sum(t.refunded_total), 0)::bigint AS refunded_total,
       coalesce(sum(t.charged_back_total), 0)::bigint AS charged_back_total,
       count(*) FILTER (WHERE t.captured_total IS NULL OR t.refunded_total IS NULL OR t.charged_back_total IS NULL)::int
         AS unknown_amounts,
       coalesce(sum(d.open), 0)::int AS open_discrepancies, coalesce(sum(d.at_risk), 0)::bigint AS amount_at_risk
FROM transactions t
CROSS JOIN LATERAL (
  SELECT count(*) AS open, sum(amount_at_risk) AS at_risk FROM discrepancies
  WHERE reference = t.reference AND account = t.account AND provider = t.provider AND resolved_at IS NULL
) d
GROUP BY 1, 2, 3, 4, 5, 6`

/** Days that the database counted along, and that come to something else when they are added up: none, always. */
export async function miscounted(pool: Pick<Pool, 'query'>): Promise<unknown[]> {
  const { rows } = await pool.query<Record<string, unknown>>(`
    WITH recounted AS (${RECOUNTED}), told AS (SELECT * FROM ops.daily_reconciliation)
    (SELECT 'told' AS by, * FROM (TABLE told EXCEPT ALL TABLE recounted) a)
    UNION ALL
    (SELECT 'recounted', * FROM (TABLE recounted EXCEPT ALL TABLE told) b)`)
  return rows
}
