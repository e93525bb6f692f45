import { exactly } from '../unnest-parameters.ts'

/**
 * What became of the transactions first seen in a period ($1 to $2): counts and sums per group. Reads the period's rows by
 * the index on first_seen_at.
 */
export const COUNT_TRANSACTIONS = `
SELECT provider, account, test, currency, reconciliation, count(*)::int AS count,
       count(*) FILTER (WHERE overdue)::int AS overdue,
       ${exactly('coalesce(sum(authorized_total), 0)')} AS "authorizedTotal",
       ${exactly('coalesce(sum(captured_total), 0)')} AS "capturedTotal",
       ${exactly('coalesce(sum(refunded_total), 0)')} AS "refundedTotal",
       ${exactly('coalesce(sum(charged_back_total), 0)')} AS "chargedBackTotal",
       count(*) FILTER (WHERE captured_total IS NULL OR refunded_total IS NULL OR charged_back_total IS NULL)::int
         AS "unknownAmounts"
FROM transactions
WHERE first_seen_at >= $1::timestamptz AND first_seen_at < $2::timestamptz
GROUP BY provider, account, test, currency, reconciliation
ORDER BY provider, account, test, currency, reconciliation`

/** Discrepancies opened in the period, also those of orders and of calls without a transaction. */
export const COUNT_DISCREPANCIES = `
SELECT provider, account, class, currency, count(*)::int AS opened,
       count(*) FILTER (WHERE resolved_at IS NULL)::int AS open,
       ${exactly('coalesce(sum(amount_at_risk) FILTER (WHERE resolved_at IS NULL), 0)')} AS "amountAtRisk",
       count(*) FILTER (WHERE resolved_at IS NULL AND amount_at_risk IS NULL)::int AS "unknownAmounts"
FROM discrepancies
WHERE opened_at >= $1::timestamptz AND opened_at < $2::timestamptz
GROUP BY provider, account, class, currency
ORDER BY provider, account, class, currency`

/**
 * Which witness of a payment was received first, and how long the notification then took. One index step per transaction
 * of the period; later steps with a reference of their own are not looked at. The row without an account is the total.
 */
export const MEASURE_WITNESSES = `
WITH words AS (
  SELECT t.provider, t.account, w.notified_at, w.answered_at
  FROM transactions t
  CROSS JOIN LATERAL (
    SELECT min(e.received_at) FILTER (WHERE e.witness = 'notification') AS notified_at,
           min(e.received_at) FILTER (WHERE e.witness = 'response') AS answered_at
    FROM transaction_events e
    WHERE e.reference = t.reference AND e.account = t.account AND e.provider = t.provider
  ) w
  WHERE t.first_seen_at >= $1::timestamptz AND t.first_seen_at < $2::timestamptz
)
SELECT provider, account, count(*)::int AS "both",
       count(*) FILTER (WHERE notified_at < answered_at)::int AS "notificationFirst",
       percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM notified_at - answered_at) * 1000)
         FILTER (WHERE notified_at >= answered_at) AS percentiles
FROM words
WHERE notified_at IS NOT NULL AND answered_at IS NOT NULL
GROUP BY GROUPING SETS ((provider, account), ())
ORDER BY provider NULLS FIRST, account`
