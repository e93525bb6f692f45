/** Write what the orders come to. A row that would not change is left alone, as those of transactions are. */
export const SAVE_ORDERS = `
INSERT INTO orders AS o
  (provider, account, order_id, transactions, currency, captured_total, refunded_total, charged_back_total, net_total,
   announced_total, paid, paid_reason, safe_to_retry, reason, first_seen_at, updated_at, version)
SELECT f.*, $16::timestamptz, 1
FROM unnest(
  $1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
  $10::bigint[], $11::bool[], $12::text[], $13::bool[], $14::text[], $15::timestamptz[]
) AS f
ON CONFLICT (order_id, account, provider) DO UPDATE SET
  transactions = excluded.transactions, currency = excluded.currency, captured_total = excluded.captured_total,
  refunded_total = excluded.refunded_total, charged_back_total = excluded.charged_back_total,
  net_total = excluded.net_total, announced_total = excluded.announced_total, paid = excluded.paid,
  paid_reason = excluded.paid_reason, safe_to_retry = excluded.safe_to_retry, reason = excluded.reason,
  first_seen_at = excluded.first_seen_at, updated_at = excluded.updated_at, version = o.version + 1
WHERE (o.transactions, o.currency, o.captured_total, o.refunded_total, o.charged_back_total, o.net_total,
       o.announced_total, o.paid, o.paid_reason, o.safe_to_retry, o.reason, o.first_seen_at)
  IS DISTINCT FROM
      (excluded.transactions, excluded.currency, excluded.captured_total, excluded.refunded_total,
       excluded.charged_back_total, excluded.net_total, excluded.announced_total, excluded.paid, excluded.paid_reason,
       excluded.safe_to_retry, excluded.reason, excluded.first_seen_at)`

/** Remove the rows of orders that nothing names any more: what announced them was withdrawn. */
export const REMOVE_ORDERS = `
DELETE FROM orders o USING unnest($1::text[], $2::text[], $3::text[]) AS k(provider, account, order_id)
WHERE o.order_id = k.order_id AND o.account = k.account AND o.provider = k.provider`
