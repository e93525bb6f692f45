-- Few discrepancies are open at any time: they are counted when asked for. A script of its own, which waits for nobody but the readers
-- of this view: together with the lock on transactions it would deadlock with one who reads both.
CREATE OR REPLACE VIEW ops.daily_reconciliation AS
SELECT day, provider, account, nullif(test, '')::boolean AS test, nullif(currency, '') AS currency, reconciliation,
       sum(payments)::int AS transactions, sum(overdue)::int AS overdue, sum(captured_total)::bigint AS captured_total,
       sum(refunded_total)::bigint AS refunded_total, sum(charged_back_total)::bigint AS charged_back_total,
       sum(unknown_amounts)::int AS unknown_amounts, sum(open_discrepancies)::int AS open_discrepancies,
       sum(amount_at_risk)::bigint AS amount_at_risk
FROM (
  SELECT day, provider, account, test, currency, reconciliation, payments, overdue, captured_total, refunded_total,
         charged_back_total, unknown_amounts, 0 AS open_discrepancies, 0 AS amount_at_risk
  FROM daily_totals
  UNION ALL
  SELECT (t.first_seen_at AT TIME ZONE 'UTC')::date, t.provider, t.account, coalesce(t.test::text, ''),
         coalesce(t.currency, ''), t.reconciliation, 0, 0, 0, 0, 0, 0, 1, coalesce(d.amount_at_risk, 0)
  FROM discrepancies d
  JOIN transactions t ON t.reference = d.reference AND t.account = d.account AND t.provider = d.provider
  WHERE d.resolved_at IS NULL
) counted
GROUP BY day, provider, account, test, currency, reconciliation
HAVING sum(payments) > 0;
