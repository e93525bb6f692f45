import { isoText } from '../unnest-parameters.ts'

/** A discrepancy as its readers see it; money as text, which holds what a JSON number would not. */
const DISCREPANCY = `json_build_object(
  'id', d.id, 'class', d.class, 'field', d.field, 'reference', d.reference, 'orderId', d.order_id,
  'response', d.response, 'notification', d.notification, 'amountAtRisk', d.amount_at_risk::text,
  'currency', d.currency, 'openedAt', ${isoText('d.opened_at')}, 'resolvedAt', ${isoText('d.resolved_at')},
  'version', d.version, 'formerId', d.former_id)`

/** A transaction with all its discrepancies, open and closed, oldest first: one statement, so that both are of one moment. */
const TRANSACTION = `
SELECT t.provider, t.account, t.reference, t.order_id AS "orderId", t.status, t.reconciliation, t.overdue, t.final, t.test,
       t.currency, t.authorized_total AS "authorizedTotal", t.captured_total AS "capturedTotal",
       t.refunded_total AS "refundedTotal", t.charged_back_total AS "chargedBackTotal", t.operations, t.details,
       t.first_seen_at AS "firstSeenAt", t.updated_at AS "updatedAt", t.version,
       coalesce((
         SELECT json_agg(${DISCREPANCY} ORDER BY d.id) FROM discrepancies d
         WHERE d.reference = t.reference AND d.account = t.account AND d.provider = t.provider
       ), '[]') AS discrepancies
FROM transactions t`

/** The transaction that a reference ($1) of an account ($2, $3) belongs to: its own, else the one that absorbed it. */
export const READ_TRANSACTION = `
(${TRANSACTION} WHERE t.reference = $1 AND t.account = $2 AND t.provider = $3)
UNION ALL
(${TRANSACTION} WHERE t.absorbed @> ARRAY[$1::text] AND t.absorbed <> '{}' AND t.account = $2 AND t.provider = $3)
LIMIT 1`

/** Transactions of an order ($1) of an account ($2, $3), the newest first, at most $4. */
export const READ_ORDER_TRANSACTIONS = `${TRANSACTION}
WHERE t.order_id = $1 AND t.account = $2 AND t.provider = $3
ORDER BY t.first_seen_at DESC, t.reference DESC LIMIT $4`

/** Discrepancies of an order ($1) of an account ($2, $3) itself, the oldest first. */
export const READ_ORDER_DISCREPANCIES = `
SELECT ${DISCREPANCY} AS discrepancy FROM discrepancies d
WHERE d.order_id = $1 AND d.account = $2 AND d.provider = $3 AND d.reference IS NULL
ORDER BY d.id`
