-- A sum that is too large to be exact in whatever reads it is answered as unknown. One absurd amount made the views fail for every
-- account, and the calls of the API too.

CREATE FUNCTION exact_sum(total numeric) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN abs(total) <= 9007199254740991 THEN total::bigint END;
COMMENT ON FUNCTION exact_sum(numeric) IS 'The sum in minor units; null: it is beyond 2^53 - 1, and a number of JavaScript would not hold it exactly.';

-- The first transaction of an order carries its row, so that a condition on first_seen_at is one on an indexed column; an
-- order without a transaction is carried by its first announcement, else by its first call, else by the contradiction.
CREATE OR REPLACE VIEW ops.orders AS
WITH known AS (
  SELECT t.provider, t.account, t.order_id, t.first_seen_at
  FROM transactions t
  WHERE t.order_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM transactions earlier
    WHERE earlier.order_id = t.order_id AND earlier.account = t.account AND earlier.provider = t.provider
      AND (earlier.first_seen_at, earlier.reference) < (t.first_seen_at, t.reference))
  UNION ALL
  SELECT e.provider, e.account, e.order_id, e.created_at
  FROM expectations e
  WHERE e.withdrawn_at IS NULL
    AND NOT EXISTS (
      SELECT FROM transactions t
      WHERE t.order_id = e.order_id AND t.account = e.account AND t.provider = e.provider)
    AND NOT EXISTS (
      SELECT FROM expectations earlier
      WHERE earlier.order_id = e.order_id AND earlier.account = e.account AND earlier.provider = e.provider
        AND earlier.withdrawn_at IS NULL AND (earlier.created_at, earlier.id) < (e.created_at, e.id))
  UNION ALL
  SELECT c.provider, c.account, c.order_id, c.received_at
  FROM transaction_events c
  WHERE c.reference IS NULL AND c.order_id IS NOT NULL AND c.superseded_at IS NULL
    AND NOT EXISTS (
      SELECT FROM transactions t
      WHERE t.order_id = c.order_id AND t.account = c.account AND t.provider = c.provider)
    AND NOT EXISTS (
      SELECT FROM expectations e
      WHERE e.order_id = c.order_id AND e.account = c.account AND e.provider = c.provider AND e.withdrawn_at IS NULL)
    AND NOT EXISTS (
      SELECT FROM transaction_events earlier
      WHERE earlier.order_id = c.order_id AND earlier.account = c.account AND earlier.provider = c.provider
        AND earlier.reference IS NULL AND earlier.superseded_at IS NULL
        AND (earlier.received_at, earlier.id) < (c.received_at, c.id))
  UNION ALL
  SELECT d.provider, d.account, named.order_id, min(d.opened_at)::timestamptz(3)
  FROM discrepancies d CROSS JOIN LATERAL unnest(d.response || d.notification) AS named(order_id)
  WHERE d.class = 'order_mismatch' AND d.resolved_at IS NULL
    AND NOT EXISTS (
      SELECT FROM transactions t
      WHERE t.order_id = named.order_id AND t.account = d.account AND t.provider = d.provider)
    AND NOT EXISTS (
      SELECT FROM expectations e
      WHERE e.order_id = named.order_id AND e.account = d.account AND e.provider = d.provider AND e.withdrawn_at IS NULL)
    AND NOT EXISTS (
      SELECT FROM transaction_events c
      WHERE c.order_id = named.order_id AND c.account = d.account AND c.provider = d.provider
        AND c.reference IS NULL AND c.superseded_at IS NULL)
  GROUP BY d.provider, d.account, named.order_id
)
SELECT k.provider, k.account, k.order_id, m.transactions,
       CASE WHEN m.currencies < 2 THEN coalesce(m.currency, x.any_currency) END AS currency,
       CASE WHEN m.currencies < 2 THEN exact_sum(m.captured) END AS captured_total,
       CASE WHEN m.currencies < 2 THEN exact_sum(m.refunded) END AS refunded_total,
       CASE WHEN m.currencies < 2 THEN exact_sum(m.charged_back) END AS charged_back_total,
       CASE WHEN m.currencies < 2 THEN exact_sum(m.captured - m.refunded - m.charged_back) END AS net_total,
       x.amount AS expected_total,
       coalesce(
         m.currencies < 2 AND m.captured - m.refunded - m.charged_back > 0
         AND (x.amount IS NULL
              OR (m.captured - m.refunded - m.charged_back >= x.amount
                  AND coalesce(x.currency = m.currency, true))),
         false) AS paid,
       d.open_discrepancies, d.amount_at_risk, k.first_seen_at, m.updated_at
FROM known k
CROSS JOIN LATERAL (
  SELECT count(*)::int AS transactions,
         count(DISTINCT c.currency) FILTER (WHERE c.counts AND c.moves)::int AS currencies,
         -- Money names the currency; only where none moved does any other payment of the order.
         (array_agg(c.currency ORDER BY c.moves DESC, c.reference COLLATE "C")
           FILTER (WHERE c.counts AND c.currency IS NOT NULL))[1] AS currency,
         CASE WHEN bool_or(c.captured_total IS NULL) FILTER (WHERE c.counts) THEN NULL
              ELSE coalesce(sum(c.captured_total) FILTER (WHERE c.counts), 0) END AS captured,
         CASE WHEN bool_or(c.refunded_total IS NULL) FILTER (WHERE c.counts) THEN NULL
              ELSE coalesce(sum(c.refunded_total) FILTER (WHERE c.counts), 0) END AS refunded,
         CASE WHEN bool_or(c.charged_back_total IS NULL) FILTER (WHERE c.counts) THEN NULL
              ELSE coalesce(sum(c.charged_back_total) FILTER (WHERE c.counts), 0) END AS charged_back,
         max(c.updated_at) AS updated_at
  FROM (
    SELECT t.*, t.captured_total IS DISTINCT FROM 0 OR t.refunded_total IS DISTINCT FROM 0 AS moves,
           -- A payment of the wrong mode or merchant counts for nothing.
           NOT EXISTS (
             SELECT FROM discrepancies f
             WHERE f.reference = t.reference AND f.account = t.account AND f.provider = t.provider
               AND f.resolved_at IS NULL AND f.class IN ('test_mode_mismatch', 'merchant_mismatch')) AS counts
    FROM transactions t
    WHERE t.order_id = k.order_id AND t.account = k.account AND t.provider = k.provider
  ) c
) m
CROSS JOIN LATERAL (
  -- The largest announced amount of a payment; the oldest of equal ones.
  SELECT (array_agg(e.amount ORDER BY e.amount DESC, e.created_at, e.id) FILTER (WHERE e.amount IS NOT NULL))[1] AS amount,
         (array_agg(e.currency ORDER BY e.amount DESC, e.created_at, e.id) FILTER (WHERE e.amount IS NOT NULL))[1] AS currency,
         (array_agg(e.currency ORDER BY e.created_at, e.id) FILTER (WHERE e.currency IS NOT NULL))[1] AS any_currency
  FROM expectations e
  WHERE e.order_id = k.order_id AND e.account = k.account AND e.provider = k.provider AND e.withdrawn_at IS NULL
    AND (e.operation IS NULL OR e.operation IN ('authorization', 'sale'))
) x
CROSS JOIN LATERAL (
  SELECT count(*)::int AS open_discrepancies, exact_sum(sum(o.amount_at_risk)) AS amount_at_risk
  FROM discrepancies o
  WHERE o.order_id = k.order_id AND o.account = k.account AND o.provider = k.provider AND o.resolved_at IS NULL
) d;
COMMENT ON COLUMN ops.orders.captured_total IS 'Minor units over the transactions that count (right mode and merchant); null: an amount or the currency is unknown, or the sum is too large to be exact. So are the other totals.';
COMMENT ON COLUMN ops.orders.amount_at_risk IS 'Sum over its open discrepancies as far as known; null: none known, or too large to be exact.';

CREATE OR REPLACE VIEW ops.daily_reconciliation AS
SELECT day, provider, account, nullif(test, '')::boolean AS test, nullif(currency, '') AS currency, reconciliation,
       sum(payments)::int AS transactions, sum(overdue)::int AS overdue, exact_sum(sum(captured_total)) AS captured_total,
       exact_sum(sum(refunded_total)) AS refunded_total, exact_sum(sum(charged_back_total)) AS charged_back_total,
       sum(unknown_amounts)::int AS unknown_amounts, sum(open_discrepancies)::int AS open_discrepancies,
       exact_sum(sum(amount_at_risk)) AS amount_at_risk
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
COMMENT ON COLUMN ops.daily_reconciliation.transactions IS 'How many; the sums beside it are minor units of currency over the known amounts, null where they are too large to be exact.';
