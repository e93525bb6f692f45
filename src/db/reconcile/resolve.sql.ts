import { exactly } from '../unnest-parameters.ts'

/** The discrepancy and what it is about. */
export const FIND_DISCREPANCY = `
SELECT id, key, provider, account, reference, order_id AS "orderId", class, field, response, notification,
       ${exactly('amount_at_risk')} AS "amountAtRisk", currency, opened_at AS "openedAt", resolved_at AS "resolvedAt",
       resolution, covers, version, former_id AS "formerId"
FROM discrepancies WHERE id = $1::uuid`

/** Statements are evidence: kept for good, never edited. */
export const STATE = `
INSERT INTO resolutions
  (id, key, discrepancy_id, provider, account, reference, order_id, outcome, covers, note, author,
   stated_at)
VALUES ($1::uuid, $2, $3::uuid, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12::timestamptz)`
