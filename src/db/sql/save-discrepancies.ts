/**
 * Bring the open discrepancies of a scope in line with what was just computed, in two steps: close what evidence or
 * an operator has settled, then open what is new (and update what changed its figures). Closed rows stay as history; the partial unique
 * index allows one open row per key.
 */
export const CLOSE_DISCREPANCIES = `
UPDATE discrepancies d SET resolved_at = $10::timestamptz, resolution = CASE WHEN EXISTS (
  SELECT FROM unnest($11::text[], $12::text[], $13::text[]) AS told(provider, account, key)
  WHERE told.key = d.key AND told.account = d.account AND told.provider = d.provider
) THEN 'operator' ELSE 'evidence' END
WHERE d.id IN (
  SELECT o.id FROM unnest($1::text[], $2::text[], $3::text[]) AS k(provider, account, reference)
  JOIN discrepancies o ON o.reference = k.reference AND o.account = k.account AND o.provider = k.provider
  WHERE o.resolved_at IS NULL
  UNION
  SELECT o.id FROM unnest($4::text[], $5::text[], $6::text[]) AS k(provider, account, order_id)
  JOIN discrepancies o ON o.order_id = k.order_id AND o.account = k.account AND o.provider = k.provider
  WHERE o.reference IS NULL AND o.resolved_at IS NULL
) AND NOT EXISTS (
  SELECT FROM unnest($7::text[], $8::text[], $9::text[]) AS still(provider, account, key)
  WHERE still.key = d.key AND still.account = d.account AND still.provider = d.provider
)`

export const OPEN_DISCREPANCIES = `
INSERT INTO discrepancies AS d
  (id, key, provider, account, reference, order_id, class, field, response, notification, amount_at_risk, currency, opened_at)
SELECT id, key, provider, account, reference, order_id, class, field,
       ARRAY(SELECT jsonb_array_elements_text(response)), ARRAY(SELECT jsonb_array_elements_text(notification)),
       amount_at_risk, currency, $13::timestamptz
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::jsonb[], $10::jsonb[], $11::bigint[], $12::text[])
  AS f(id, key, provider, account, reference, order_id, class, field, response, notification, amount_at_risk, currency)
ORDER BY account, key
ON CONFLICT (key, account, provider) WHERE resolved_at IS NULL DO UPDATE SET
  reference = excluded.reference, order_id = excluded.order_id, response = excluded.response,
  notification = excluded.notification, amount_at_risk = excluded.amount_at_risk, currency = excluded.currency
WHERE (d.reference, d.order_id, d.response, d.notification, d.amount_at_risk, d.currency)
  IS DISTINCT FROM (excluded.reference, excluded.order_id, excluded.response, excluded.notification,
                    excluded.amount_at_risk, excluded.currency)`
