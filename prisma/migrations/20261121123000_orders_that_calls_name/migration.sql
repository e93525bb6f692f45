-- Which orders there are: a call makes one even when it stands on a payment of another order, and so does an open
-- contradiction about a payment's order, for each order that it names.

CREATE INDEX discrepancies_open_order_mismatches ON discrepancies (opened_at)
  WHERE class = 'order_mismatch' AND resolved_at IS NULL;

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
       CASE WHEN m.currencies < 2 THEN m.captured END AS captured_total,
       CASE WHEN m.currencies < 2 THEN m.refunded END AS refunded_total,
       CASE WHEN m.currencies < 2 THEN m.charged_back END AS charged_back_total,
       CASE WHEN m.currencies < 2 THEN m.captured - m.refunded - m.charged_back END AS net_total,
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
              ELSE coalesce(sum(c.captured_total) FILTER (WHERE c.counts), 0) END::bigint AS captured,
         CASE WHEN bool_or(c.refunded_total IS NULL) FILTER (WHERE c.counts) THEN NULL
              ELSE coalesce(sum(c.refunded_total) FILTER (WHERE c.counts), 0) END::bigint AS refunded,
         CASE WHEN bool_or(c.charged_back_total IS NULL) FILTER (WHERE c.counts) THEN NULL
              ELSE coalesce(sum(c.charged_back_total) FILTER (WHERE c.counts), 0) END::bigint AS charged_back,
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
  SELECT count(*)::int AS open_discrepancies, sum(o.amount_at_risk)::bigint AS amount_at_risk
  FROM discrepancies o
  WHERE o.order_id = k.order_id AND o.account = k.account AND o.provider = k.provider AND o.resolved_at IS NULL
) d;
COMMENT ON COLUMN ops.orders.transactions IS 'How many transactions name the order, unlinked later steps included; 0: only announced, called, or named beside the order of a transaction.';
COMMENT ON COLUMN ops.orders.first_seen_at IS 'Of its first transaction, else of its first announcement, else of its first call, else when the contradiction that names it was opened.';
