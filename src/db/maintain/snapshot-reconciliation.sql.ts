import { DISCREPANCY_TEST, DISCREPANCY_TEST_JOINS } from '../discrepancy-test.sql.ts'

/**
 * Where all payments to date stand at $1, for each account, mode and currency. One statement sees one moment. A day that has its
 * snapshot keeps it.
 */
export const SNAPSHOT_RECONCILIATION = `
INSERT INTO reconciliation_snapshots
  (day, provider, account, test, currency, taken_at, payments, matched, discrepant, overdue, captured_total, refunded_total,
   charged_back_total, unknown_amounts, open_discrepancies, amount_at_risk, unknown_risks)
SELECT ($1::timestamptz AT TIME ZONE 'UTC')::date, provider, account, test, currency, $1::timestamptz, sum(payments),
       coalesce(sum(payments) FILTER (WHERE reconciliation = 'matched'), 0),
       coalesce(sum(payments) FILTER (WHERE reconciliation = 'discrepant'), 0), sum(overdue), sum(captured_total),
       sum(refunded_total), sum(charged_back_total), sum(unknown_amounts), sum(open_discrepancies), sum(amount_at_risk),
       sum(unknown_risks)
FROM (
  SELECT s.provider, s.account, coalesce(nullif(s.test, ''), c.test::text, '') AS test, s.currency, s.reconciliation, s.payments,
         s.overdue, s.captured_total, s.refunded_total, s.charged_back_total, s.unknown_amounts, 0 AS open_discrepancies,
         0 AS amount_at_risk, 0 AS unknown_risks
  FROM daily_totals s LEFT JOIN configured_accounts c ON c.account = s.account AND c.provider = s.provider
  UNION ALL
  SELECT d.provider, d.account, coalesce(${DISCREPANCY_TEST}, ''), coalesce(d.currency, ''), '', 0, 0, 0, 0, 0, 0, 1,
         coalesce(d.amount_at_risk, 0), (d.amount_at_risk IS NULL)::int
  FROM discrepancies d ${DISCREPANCY_TEST_JOINS}
  WHERE d.resolved_at IS NULL
) counted
WHERE NOT EXISTS (
  SELECT FROM reconciliation_snapshots WHERE day = ($1::timestamptz AT TIME ZONE 'UTC')::date
)
GROUP BY provider, account, test, currency
HAVING sum(payments) <> 0 OR sum(open_discrepancies) <> 0`
