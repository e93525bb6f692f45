-- What operators ask of the database: views in the schema ops, and the indexes that keep their common questions cheap.

-- DropIndex
DROP INDEX "inbox_messages_account_received_at_idx";
-- CreateIndex: the provider in the middle makes "the last message of each account" one step per account.
CREATE INDEX "inbox_messages_account_provider_received_at_idx" ON "inbox_messages"("account", "provider", "received_at");
-- CreateIndex
CREATE INDEX "discrepancies_opened_at_id_idx" ON "discrepancies"("opened_at", "id");

-- Small indexes over what is out of the ordinary: most rows are in none of them.
CREATE INDEX discrepancies_open ON discrepancies (opened_at, id) WHERE resolved_at IS NULL;
CREATE INDEX transactions_unsettled ON transactions (first_seen_at)
  WHERE reconciliation IN ('discrepant', 'awaiting_notification', 'awaiting_response', 'expected');
CREATE INDEX inbox_outcomes_parked ON inbox_outcomes (processed_at) WHERE state = 'parked';
CREATE INDEX transaction_events_calls ON transaction_events (received_at)
  WHERE reference IS NULL AND order_id IS NOT NULL AND superseded_at IS NULL;
CREATE INDEX expectations_live_created_at ON expectations (created_at) WHERE withdrawn_at IS NULL;

COMMENT ON VIEW ops.transactions IS 'One row per payment as it stands; money in minor units of currency, null = never stated.';
COMMENT ON COLUMN ops.transactions.reconciliation IS 'The worst of its operations: discrepant, awaiting_notification, awaiting_response, expected, matched, notification_only, response_only.';
COMMENT ON COLUMN ops.transactions.overdue IS 'A witness that was due had not spoken when the row was last computed.';
COMMENT ON COLUMN ops.transactions.test IS 'Test mode as stated by the provider; null: it did not say.';
COMMENT ON COLUMN ops.transactions.authorized_total IS 'Minor units; null: never stated. So are the other totals.';

-- The first transaction of an order carries its row, so that a condition on first_seen_at is one on an indexed column; an
-- order without a transaction is carried by its first announcement, else by its first call.
CREATE VIEW ops.orders AS
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
    -- A call on a payment that is known stands there; the order id it names besides is no order of its own.
    AND NOT EXISTS (
      SELECT FROM transactions t
      WHERE t.reference = c.parent_reference AND t.account = c.account AND t.provider = c.provider)
    AND NOT EXISTS (
      SELECT FROM transactions t
      WHERE t.absorbed @> ARRAY[c.parent_reference] AND t.absorbed <> '{}'
        AND t.account = c.account AND t.provider = c.provider)
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
COMMENT ON VIEW ops.orders IS 'One row per merchant order: what was captured, given back and kept. Whether a retry is safe is not here: it depends on calls without an answer, which only GET /v1/orders can weigh.';
COMMENT ON COLUMN ops.orders.transactions IS 'How many transactions name the order, unlinked later steps included; 0: only announced or called.';
COMMENT ON COLUMN ops.orders.currency IS 'Of the money that moved, else of any of its payments, else as announced; null: several, or none known.';
COMMENT ON COLUMN ops.orders.captured_total IS 'Minor units over the transactions that count (right mode and merchant); null: an amount or the currency is unknown. So are the other totals.';
COMMENT ON COLUMN ops.orders.net_total IS 'Captured less refunded less charged back.';
COMMENT ON COLUMN ops.orders.expected_total IS 'The largest announced amount; null: none announced.';
COMMENT ON COLUMN ops.orders.paid IS 'Net is known, above nothing, and not below the announced amount in its currency.';
COMMENT ON COLUMN ops.orders.amount_at_risk IS 'Sum over its open discrepancies as far as known; null: none known.';
COMMENT ON COLUMN ops.orders.first_seen_at IS 'Of its first transaction, else of its first announcement, else of its first call.';

CREATE VIEW ops.open_discrepancies AS
SELECT d.id, d.class, d.field, d.provider, d.account, d.reference, d.order_id, d.response, d.notification,
       d.amount_at_risk, d.currency, d.opened_at
FROM discrepancies d
WHERE d.resolved_at IS NULL;
COMMENT ON VIEW ops.open_discrepancies IS 'Every contradiction or absence that nothing has closed yet.';
COMMENT ON COLUMN ops.open_discrepancies.id IS 'For POST /v1/discrepancies/:id/resolve.';
COMMENT ON COLUMN ops.open_discrepancies.reference IS 'Root reference; null when it belongs to an order or to a call without a reference.';
COMMENT ON COLUMN ops.open_discrepancies.response IS 'What the answers said: codes, amounts or ids.';
COMMENT ON COLUMN ops.open_discrepancies.notification IS 'What the notifications said.';
COMMENT ON COLUMN ops.open_discrepancies.amount_at_risk IS 'Minor units; null: unknown.';

CREATE VIEW ops.awaiting AS
SELECT t.provider, t.account, t.reference, t.order_id, o.value ->> 'operation' AS operation,
       o.value ->> 'reference' AS operation_reference, o.value ->> 'operationId' AS operation_id,
       o.value ->> 'reconciliation' AS reconciliation, (o.value ->> 'amount')::bigint AS amount, t.currency,
       t.overdue, t.next_deadline_at, t.first_seen_at
FROM transactions t
CROSS JOIN LATERAL jsonb_array_elements(t.operations) o
WHERE t.reconciliation IN ('discrepant', 'awaiting_notification', 'awaiting_response', 'expected')
  AND o.value ->> 'reconciliation' IN ('awaiting_notification', 'awaiting_response', 'expected');
COMMENT ON VIEW ops.awaiting IS 'One row per operation of which one side has not spoken yet, or not its last word. Calls without a transaction are not here: once late they are discrepancies.';
COMMENT ON COLUMN ops.awaiting.reconciliation IS 'What is missing: awaiting_notification, awaiting_response, or expected (announced, and nothing more).';
COMMENT ON COLUMN ops.awaiting.operation_reference IS 'The provider''s own reference of the step.';
COMMENT ON COLUMN ops.awaiting.operation_id IS 'The merchant''s own id of the step.';
COMMENT ON COLUMN ops.awaiting.amount IS 'Minor units; null: not stated.';
COMMENT ON COLUMN ops.awaiting.overdue IS 'Of the transaction: something awaited is past its deadline.';
COMMENT ON COLUMN ops.awaiting.next_deadline_at IS 'Of the transaction: when the clock alone may next change it.';

CREATE VIEW ops.inbox_failures AS
SELECT 'parked' AS state, m.provider, m.account, m.witness, m.id AS inbox_id, o.code, o.detail,
       NULL::int AS attempts, m.received_at, o.processed_at AS failed_at, NULL::timestamptz AS next_try_at
FROM inbox_outcomes o
JOIN inbox_messages m ON m.id = o.inbox_id
WHERE o.state = 'parked'
UNION ALL
SELECT 'retrying', m.provider, m.account, m.witness, m.id, NULL, NULL, q.attempts, m.received_at, NULL, q.due_at
FROM inbox_queue q
JOIN inbox_messages m ON m.id = q.inbox_id
WHERE q.attempts > 0
UNION ALL
SELECT 'quarantined', q.provider, q.account, 'notification', q.id, q.reason, NULL, q.deliveries, q.first_seen_at, q.last_seen_at, NULL
FROM quarantined_messages q;
COMMENT ON VIEW ops.inbox_failures IS 'Messages that did not become events: parked, waiting for another try, or never verified.';
COMMENT ON COLUMN ops.inbox_failures.state IS 'parked: kept for a later build or an operator; retrying: failed, and tried again; quarantined: not signed by a known secret.';
COMMENT ON COLUMN ops.inbox_failures.code IS 'A code of docs/failure-modes.md, or why the signature was not accepted.';
COMMENT ON COLUMN ops.inbox_failures.attempts IS 'Failed tries of what is retried, deliveries of what is quarantined.';
COMMENT ON COLUMN ops.inbox_failures.failed_at IS 'When it was parked, or last delivered unverified.';

-- The index is walked account by account: the same number of steps whether they sent ten messages or ten million.
CREATE VIEW ops.silent_accounts AS
WITH RECURSIVE known(account, provider) AS (
  (SELECT account, provider FROM inbox_messages ORDER BY account, provider LIMIT 1)
  UNION ALL
  SELECT following.account, following.provider
  FROM known
  CROSS JOIN LATERAL (
    SELECT m.account, m.provider FROM inbox_messages m
    WHERE (m.account, m.provider) > (known.account, known.provider)
    ORDER BY m.account, m.provider LIMIT 1
  ) following
)
SELECT known.provider, known.account, latest.received_at AS last_notification_at,
       extract(epoch FROM now() - latest.received_at)::bigint AS silent_seconds
FROM known
LEFT JOIN LATERAL (
  SELECT m.received_at FROM inbox_messages m
  WHERE m.account = known.account AND m.provider = known.provider AND m.witness = 'notification'
  ORDER BY m.received_at DESC LIMIT 1
) latest ON true;
COMMENT ON VIEW ops.silent_accounts IS 'How long each account that has ever sent a message has been silent. An account that never did is not known here.';
COMMENT ON COLUMN ops.silent_accounts.last_notification_at IS 'When its last verified notification was received; null: only forwarded answers so far.';
COMMENT ON COLUMN ops.silent_accounts.silent_seconds IS 'Seconds since then; null: never notified.';

-- Each day reads its own rows by the index on first_seen_at; a condition on day decides which days are read at all.
CREATE VIEW ops.daily_reconciliation AS
SELECT days.day, f.*
FROM (
  SELECT day::date AS day
  FROM generate_series(
    (SELECT date_trunc('day', min(first_seen_at) AT TIME ZONE 'UTC') FROM transactions),
    (SELECT date_trunc('day', max(first_seen_at) AT TIME ZONE 'UTC') FROM transactions),
    interval '1 day') AS day
) days
CROSS JOIN LATERAL (
  SELECT t.provider, t.account, t.test, t.currency, t.reconciliation, count(*)::int AS transactions,
         count(*) FILTER (WHERE t.overdue)::int AS overdue,
         coalesce(sum(t.captured_total), 0)::bigint AS captured_total,
         coalesce(sum(t.refunded_total), 0)::bigint AS refunded_total,
         coalesce(sum(t.charged_back_total), 0)::bigint AS charged_back_total,
         count(*) FILTER (WHERE t.captured_total IS NULL OR t.refunded_total IS NULL OR t.charged_back_total IS NULL)::int
           AS unknown_amounts,
         coalesce(sum(d.open_discrepancies), 0)::int AS open_discrepancies,
         coalesce(sum(d.amount_at_risk), 0)::bigint AS amount_at_risk
  FROM transactions t
  CROSS JOIN LATERAL (
    SELECT count(*) AS open_discrepancies, sum(o.amount_at_risk) AS amount_at_risk
    FROM discrepancies o
    WHERE o.reference = t.reference AND o.account = t.account AND o.provider = t.provider AND o.resolved_at IS NULL
  ) d
  WHERE t.first_seen_at >= days.day::timestamp AT TIME ZONE 'UTC'
    AND t.first_seen_at < (days.day + 1)::timestamp AT TIME ZONE 'UTC'
  GROUP BY t.provider, t.account, t.test, t.currency, t.reconciliation
) f;
COMMENT ON VIEW ops.daily_reconciliation IS 'What became of the transactions first seen on a day (UTC), as they stand now.';
COMMENT ON COLUMN ops.daily_reconciliation.day IS 'UTC day of first_seen_at.';
COMMENT ON COLUMN ops.daily_reconciliation.transactions IS 'How many; the sums beside it are minor units of currency over the known amounts.';
COMMENT ON COLUMN ops.daily_reconciliation.unknown_amounts IS 'Transactions with a total that nobody stated: not in the sums.';
COMMENT ON COLUMN ops.daily_reconciliation.open_discrepancies IS 'Of these transactions; those of orders and of calls without a transaction are in ops.open_discrepancies only.';
COMMENT ON COLUMN ops.daily_reconciliation.amount_at_risk IS 'Over the open ones whose amount is known, minor units.';

DO $$
BEGIN
  GRANT SELECT ON ALL TABLES IN SCHEMA ops TO ops_reader;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'role ops_reader was left as it is: the migrating role may not grant to it';
END
$$;
