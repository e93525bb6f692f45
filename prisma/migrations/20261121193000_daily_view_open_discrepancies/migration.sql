-- Few discrepancies are open at any time: they are read once and joined, instead of being looked up for every payment of a day.
CREATE OR REPLACE VIEW ops.daily_reconciliation AS
SELECT days.day, f.*
FROM (
  SELECT day::date AS day
  FROM generate_series(
    (SELECT date_trunc('day', min(first_seen_at) AT TIME ZONE 'UTC') FROM transactions),
    (SELECT date_trunc('day', max(first_seen_at) AT TIME ZONE 'UTC') FROM transactions),
    interval '1 day') AS day
) days
CROSS JOIN LATERAL (
  SELECT t.provider, t.account, t.test, t.currency, t.reconciliation, count(*)::int AS transactions,
         count(*) FILTER (WHERE t.overdue)::int AS overdue,
         coalesce(sum(t.captured_total), 0)::bigint AS captured_total,
         coalesce(sum(t.refunded_total), 0)::bigint AS refunded_total,
         coalesce(sum(t.charged_back_total), 0)::bigint AS charged_back_total,
         count(*) FILTER (WHERE t.captured_total IS NULL OR t.refunded_total IS NULL OR t.charged_back_total IS NULL)::int
           AS unknown_amounts,
         coalesce(sum(d.open_discrepancies), 0)::int AS open_discrepancies,
         coalesce(sum(d.amount_at_risk), 0)::bigint AS amount_at_risk
  FROM transactions t
  LEFT JOIN (
    SELECT provider, account, reference, count(*) AS open_discrepancies, sum(amount_at_risk) AS amount_at_risk
    FROM discrepancies
    WHERE resolved_at IS NULL AND reference IS NOT NULL
    GROUP BY provider, account, reference
  ) d USING (provider, account, reference)
  WHERE t.first_seen_at >= days.day::timestamp AT TIME ZONE 'UTC'
    AND t.first_seen_at < (days.day + 1)::timestamp AT TIME ZONE 'UTC'
  GROUP BY t.provider, t.account, t.test, t.currency, t.reconciliation
) f;
