import { jsonArray } from '../unnest-parameters.ts'

/**
 * Write the folded rows. A row that would not change is left alone: most siblings of an order are only looked at, and a
 * rewrite would cost WAL and a version. `first_seen_at` keeps the earliest.
 */
export const SAVE_TRANSACTIONS = `
INSERT INTO transactions AS t
  (provider, account, reference, order_id, status, reconciliation, overdue, final, linked, test, merchant_id, currency,
   authorized_total, captured_total, refunded_total, charged_back_total, absorbed, operations, details,
   first_seen_at, next_deadline_at, updated_at, version)
SELECT provider, account, reference, order_id, status, reconciliation, overdue, final, linked, test, merchant_id, currency,
       authorized_total, captured_total, refunded_total, charged_back_total,
       ARRAY(SELECT jsonb_array_elements_text(absorbed)), operations, details,
       first_seen_at, next_deadline_at, $22::timestamptz, 1
FROM unnest(
  $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[], $8::bool[], $9::bool[],
  $10::bool[], $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[],
  ${jsonArray('$17', 'jsonb')}, ${jsonArray('$18', 'jsonb')}, ${jsonArray('$19', 'jsonb')},
  $20::timestamptz[], $21::timestamptz[]
) AS f(provider, account, reference, order_id, status, reconciliation, overdue, final, linked,
       test, merchant_id, currency, authorized_total, captured_total, refunded_total, charged_back_total,
       absorbed, operations, details, first_seen_at, next_deadline_at)
ON CONFLICT (reference, account, provider) DO UPDATE SET
  absorbed = excluded.absorbed, order_id = excluded.order_id, status = excluded.status,
  reconciliation = excluded.reconciliation, overdue = excluded.overdue, final = excluded.final, linked = excluded.linked,
  test = excluded.test, merchant_id = excluded.merchant_id, currency = excluded.currency,
  authorized_total = excluded.authorized_total, captured_total = excluded.captured_total,
  refunded_total = excluded.refunded_total, charged_back_total = excluded.charged_back_total,
  operations = excluded.operations, details = excluded.details, first_seen_at = excluded.first_seen_at,
  next_deadline_at = excluded.next_deadline_at, updated_at = excluded.updated_at, version = t.version + 1
WHERE (t.absorbed, t.order_id, t.status, t.reconciliation, t.overdue, t.final, t.linked, t.test, t.merchant_id, t.currency,
       t.authorized_total, t.captured_total, t.refunded_total, t.charged_back_total, t.operations, t.details,
       t.first_seen_at, t.next_deadline_at)
  IS DISTINCT FROM
      (excluded.absorbed, excluded.order_id, excluded.status, excluded.reconciliation, excluded.overdue, excluded.final,
       excluded.linked, excluded.test, excluded.merchant_id, excluded.currency, excluded.authorized_total,
       excluded.captured_total, excluded.refunded_total, excluded.charged_back_total, excluded.operations,
       excluded.details, excluded.first_seen_at, excluded.next_deadline_at)`
