import { exactly, isoText } from '../unnest-parameters.ts'

/**
 * One page of the payments that were first seen in a period, the oldest first, each with what is open about it: $1 provider and $2
 * account (null: any), $3 the end, $4 to $7 the last row before, $8 how many. Amounts in another currency than the payment's are counted
 * as unknown: a sum over both would be none.
 */
export const EXPORT_PAYMENTS = `
SELECT t.provider, t.account, t.order_id AS "orderId", t.reference, t.test, t.status, t.reconciliation, t.overdue, t.currency,
       ${exactly('t.authorized_total')} AS "authorizedTotal", ${exactly('t.captured_total')} AS "capturedTotal",
       ${exactly('t.refunded_total')} AS "refundedTotal", ${exactly('t.charged_back_total')} AS "chargedBackTotal",
       d.open AS "openDiscrepancies", d.classes AS "discrepancyClasses", d.at_risk AS "amountAtRisk", d.unknown AS "unknownAtRisk",
       ${isoText('t.first_seen_at')} AS "firstSeenAt", ${isoText('t.updated_at')} AS "updatedAt"
FROM transactions t
CROSS JOIN LATERAL (
  SELECT count(*)::int AS open, coalesce(array_agg(DISTINCT f.class ORDER BY f.class), '{}') AS classes,
         ${exactly('sum(f.amount_at_risk) FILTER (WHERE f.currency IS NOT DISTINCT FROM t.currency)')} AS at_risk,
         count(*) FILTER (WHERE f.amount_at_risk IS NULL OR f.currency IS DISTINCT FROM t.currency)::int AS unknown
  FROM discrepancies f
  WHERE f.reference = t.reference AND f.account = t.account AND f.provider = t.provider AND f.resolved_at IS NULL
) d
WHERE t.first_seen_at < $3::timestamptz AND t.first_seen_at >= $4::timestamptz
  AND (t.first_seen_at, t.reference, t.account, t.provider) > ($4::timestamptz, $5, $6, $7)
  AND ($1::text IS NULL OR t.provider = $1) AND ($2::text IS NULL OR t.account = $2)
ORDER BY t.first_seen_at, t.reference, t.account, t.provider LIMIT $8`

/** The same of what is open without a payment: of orders, and of calls whose payment is not known. $4 and $5 are the last row before. */
export const EXPORT_DISCREPANCIES = `
SELECT f.id, f.provider, f.account, f.order_id AS "orderId", f.reference, f.currency, f.class,
       ${exactly('f.amount_at_risk')} AS "amountAtRisk", ${isoText('f.opened_at')} AS "openedAt"
FROM discrepancies f
WHERE f.resolved_at IS NULL AND f.opened_at < $3::timestamptz AND f.opened_at >= $4::timestamptz
  AND (f.opened_at, f.id) > ($4::timestamptz, $5::uuid)
  AND ($1::text IS NULL OR f.provider = $1) AND ($2::text IS NULL OR f.account = $2)
  AND NOT EXISTS (
    SELECT FROM transactions t WHERE t.reference = f.reference AND t.account = f.account AND t.provider = f.provider)
ORDER BY f.opened_at, f.id LIMIT $6`
