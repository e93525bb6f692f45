-- What an order comes to is judged once, by the rules of the service, and kept in a row. The view ops.orders added it up by rules
-- of its own, and said paid where the service said not.

-- CreateTable
CREATE TABLE "orders" (
    "provider" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "transactions" INTEGER NOT NULL,
    "currency" TEXT,
    "captured_total" BIGINT,
    "refunded_total" BIGINT,
    "charged_back_total" BIGINT,
    "net_total" BIGINT,
    "announced_total" BIGINT,
    "paid" BOOLEAN NOT NULL,
    "paid_reason" TEXT NOT NULL,
    "safe_to_retry" BOOLEAN NOT NULL,
    "reason" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("order_id","account","provider")
);

-- CreateIndex
CREATE INDEX "orders_first_seen_at_idx" ON "orders"("first_seen_at");

-- Two or three versions of a row find room on its page: they cost no index anything.
ALTER TABLE orders SET (fillfactor = 70);

COMMENT ON TABLE orders IS 'What one order comes to: a projection judged from everything that is told under it, as of the last save of its row. What the clock changes is saved by the sweep. May be rebuilt at any time.';
COMMENT ON COLUMN orders.transactions IS 'How many transactions belong to it, unlinked later steps included.';
COMMENT ON COLUMN orders.captured_total IS 'Minor units over the transactions that count; null: an amount or the currency is not known. So are the other totals.';
COMMENT ON COLUMN orders.net_total IS 'What the order holds; null: not known, also where more was moved than its payments explain.';
COMMENT ON COLUMN orders.announced_total IS 'The largest announced amount; null: none was announced.';
COMMENT ON COLUMN orders.paid_reason IS 'Why it is paid, or why not.';
COMMENT ON COLUMN orders.safe_to_retry IS 'Whether charging the order again can charge the customer twice: false where it may.';
COMMENT ON COLUMN orders.reason IS 'Why a retry is not safe, or why it is.';
COMMENT ON COLUMN orders.first_seen_at IS 'When its first payment, announcement or call came, by our clock.';
COMMENT ON COLUMN orders.version IS 'Counts the saved changes of this row.';

-- Only the service can judge: every order that is there becomes due, and the sweep writes its row. The newest first, and two
-- hundred a second: fewer than the sweep can judge, so that none of them keeps a deadline waiting.
INSERT INTO deadlines AS l (provider, account, kind, subject, due_at)
SELECT provider, account, 'order', order_id,
       now() + interval '5 milliseconds' * row_number() OVER (ORDER BY max(at) DESC, order_id, account, provider)
FROM (
  SELECT provider, account, order_id, first_seen_at AS at FROM transactions WHERE order_id IS NOT NULL
  UNION ALL
  SELECT provider, account, order_id, received_at FROM transaction_events
  WHERE order_id IS NOT NULL AND superseded_at IS NULL
  UNION ALL
  SELECT provider, account, order_id, created_at FROM expectations WHERE withdrawn_at IS NULL
) named
GROUP BY provider, account, order_id
ON CONFLICT (subject, account, provider, kind) DO UPDATE SET due_at = least(l.due_at, excluded.due_at);

CREATE OR REPLACE VIEW ops.orders AS
SELECT o.provider, o.account, o.order_id, o.transactions, o.currency, o.captured_total, o.refunded_total,
       o.charged_back_total, o.net_total, o.announced_total AS expected_total, o.paid, d.open_discrepancies, d.amount_at_risk,
       o.first_seen_at, o.updated_at::timestamptz AS updated_at, o.paid_reason, o.safe_to_retry, o.reason
FROM orders o
CROSS JOIN LATERAL (
  SELECT count(*)::int AS open_discrepancies, exact_sum(sum(f.amount_at_risk)) AS amount_at_risk
  FROM discrepancies f
  WHERE f.order_id = o.order_id AND f.account = o.account AND f.provider = o.provider AND f.resolved_at IS NULL
) d;
COMMENT ON VIEW ops.orders IS 'One row per merchant order: what was captured, given back and kept, whether it is paid and whether a retry is safe. As of the last save of the row: what the clock changes shows within SWEEP_INTERVAL. GET /v1/orders judges at the moment it is asked; ask it before charging again.';
COMMENT ON COLUMN ops.orders.transactions IS 'How many transactions belong to the order, unlinked later steps included; 0: only announced, called, or named beside the order of a transaction.';
COMMENT ON COLUMN ops.orders.captured_total IS 'Minor units over the transactions that count (right mode and merchant); null: an amount or the currency is unknown, or the sum is too large to be exact. So are the other totals.';
COMMENT ON COLUMN ops.orders.net_total IS 'What the order holds: captured less refunded, voided and charged back; null: not known, also where more was moved than its payments explain.';
COMMENT ON COLUMN ops.orders.paid IS 'Net is known, above nothing, and not below the announced amount in its currency.';
COMMENT ON COLUMN ops.orders.first_seen_at IS 'When its first payment, announcement or call came.';
COMMENT ON COLUMN ops.orders.updated_at IS 'When the row last changed, its discrepancies aside.';
COMMENT ON COLUMN ops.orders.paid_reason IS 'money_covers, or why it is not paid: nothing_held, less_than_announced, another_currency, amount_unknown.';
COMMENT ON COLUMN ops.orders.safe_to_retry IS 'Nothing forbade to charge the order again when the row was last judged.';
COMMENT ON COLUMN ops.orders.reason IS 'nothing_stands, or what forbids a retry, as in GET /v1/orders.';
