/**
 * Bring the open discrepancies of a scope in line with what was just computed, in two steps: close what evidence or
 * an operator has settled ($1, by whom $2), then open what is new (and update what changed its figures). Closed rows stay as
 * history; the partial unique index allows one open row per key. One that an operator had closed, and that shows more by now,
 * opens again as a row of its own that names the former.
 */
export const CLOSE_DISCREPANCIES = `
UPDATE discrepancies d SET resolved_at = $3::timestamptz, resolution = closed.resolution
FROM unnest($1::uuid[], $2::text[]) AS closed(id, resolution)
WHERE d.id = closed.id AND d.resolved_at IS NULL`

export const OPEN_DISCREPANCIES = `
INSERT INTO discrepancies AS d
  (id, key, provider, account, reference, order_id, class, field, response, notification, amount_at_risk, currency, covers,
   opened_at, former_id)
SELECT id, key, provider, account, reference, order_id, class, field,
       ARRAY(SELECT jsonb_array_elements_text(response)), ARRAY(SELECT jsonb_array_elements_text(notification)),
       amount_at_risk, currency, covers, $14::timestamptz, (
         SELECT former.id FROM discrepancies former
         WHERE former.key = f.key AND former.account = f.account AND former.provider = f.provider
           AND former.resolution = 'operator'
         ORDER BY former.resolved_at DESC, former.id DESC LIMIT 1)
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::jsonb[], $10::jsonb[], $11::bigint[], $12::text[], $13::jsonb[])
  AS f(id, key, provider, account, reference, order_id, class, field, response, notification, amount_at_risk, currency,
       covers)
ORDER BY account, key
ON CONFLICT (key, account, provider) WHERE resolved_at IS NULL DO UPDATE SET
  reference = excluded.reference, order_id = excluded.order_id, response = excluded.response,
  notification = excluded.notification, amount_at_risk = excluded.amount_at_risk, currency = excluded.currency,
  covers = excluded.covers, version = d.version + 1
WHERE (d.reference, d.order_id, d.response, d.notification, d.amount_at_risk, d.currency, d.covers)
  IS DISTINCT FROM (excluded.reference, excluded.order_id, excluded.response, excluded.notification,
                    excluded.amount_at_risk, excluded.currency, excluded.covers)
RETURNING d.id, d.provider, d.account, d.class, CASE WHEN d.xmax = 0 THEN d.former_id END AS "formerId"`
