-- The inbox (raw messages, ledger, work state), the normalized facts, and the projections folded from them.

-- CreateTable
CREATE TABLE "inbox_messages" (
    "id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "witness" TEXT NOT NULL,
    "content" BYTEA NOT NULL,
    "content_digest" BYTEA NOT NULL,
    "scrubbed" TEXT[],
    "envelope" JSONB,
    "secret_id" TEXT,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "inbox_messages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "receipts" (
    "key" BYTEA NOT NULL,
    "inbox_id" UUID NOT NULL,
    "deliveries" INTEGER NOT NULL DEFAULT 1,
    "last_delivered_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "receipts_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "inbox_queue" (
    "inbox_id" UUID NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "inbox_queue_pkey" PRIMARY KEY ("inbox_id")
);

-- CreateTable
CREATE TABLE "inbox_outcomes" (
    "inbox_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "family" TEXT,
    "code" TEXT,
    "detail" TEXT,
    "processed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "inbox_outcomes_pkey" PRIMARY KEY ("inbox_id")
);

-- CreateTable
CREATE TABLE "quarantined_messages" (
    "id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "reason" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "content" BYTEA NOT NULL,
    "scrubbed" TEXT[],
    "signature" TEXT,
    "source" TEXT NOT NULL,
    "deliveries" INTEGER NOT NULL DEFAULT 1,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "quarantined_messages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "transaction_events" (
    "id" UUID NOT NULL,
    "inbox_id" UUID NOT NULL,
    "event_key" BYTEA NOT NULL,
    "provider" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "reference" TEXT,
    "parent_reference" TEXT,
    "order_id" TEXT,
    "witness" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "fact" JSONB NOT NULL,
    "occurred_at" TIMESTAMPTZ(3),
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "superseded_at" TIMESTAMPTZ(3),

    CONSTRAINT "transaction_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "transactions" (
    "provider" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "absorbed" TEXT[],
    "order_id" TEXT,
    "status" TEXT NOT NULL,
    "reconciliation" TEXT NOT NULL,
    "overdue" BOOLEAN NOT NULL,
    "final" BOOLEAN NOT NULL,
    "linked" BOOLEAN NOT NULL,
    "test" BOOLEAN,
    "merchant_id" TEXT,
    "currency" TEXT,
    "authorized_total" BIGINT,
    "captured_total" BIGINT,
    "refunded_total" BIGINT,
    "charged_back_total" BIGINT,
    "operations" JSONB NOT NULL,
    "details" JSONB NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "next_deadline_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL,

    CONSTRAINT "transactions_pkey" PRIMARY KEY ("reference","account","provider")
);

-- CreateTable
CREATE TABLE "discrepancies" (
    "id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "reference" TEXT,
    "order_id" TEXT,
    "class" TEXT NOT NULL,
    "field" TEXT,
    "response" TEXT[],
    "notification" TEXT[],
    "amount_at_risk" BIGINT,
    "currency" TEXT,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),
    "resolution" TEXT,

    CONSTRAINT "discrepancies_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "inbox_messages_account_received_at_idx" ON "inbox_messages"("account", "received_at");
-- CreateIndex
CREATE INDEX "inbox_outcomes_processed_at_idx" ON "inbox_outcomes"("processed_at");
-- CreateIndex
CREATE UNIQUE INDEX "quarantined_messages_digest_account_provider_key" ON "quarantined_messages"("digest", "account", "provider");
-- CreateIndex
CREATE INDEX "quarantined_messages_first_seen_at_idx" ON "quarantined_messages"("first_seen_at");
-- CreateIndex
CREATE INDEX "transaction_events_reference_account_idx" ON "transaction_events"("reference", "account");
-- CreateIndex
CREATE INDEX "transaction_events_order_id_account_idx" ON "transaction_events"("order_id", "account");
-- CreateIndex
CREATE INDEX "transaction_events_inbox_id_idx" ON "transaction_events"("inbox_id");
-- CreateIndex
CREATE INDEX "transactions_order_id_account_idx" ON "transactions"("order_id", "account");
-- CreateIndex
CREATE INDEX "transactions_first_seen_at_reference_idx" ON "transactions"("first_seen_at", "reference");
-- CreateIndex
CREATE INDEX "discrepancies_reference_account_idx" ON "discrepancies"("reference", "account");
-- CreateIndex
CREATE INDEX "discrepancies_order_id_account_idx" ON "discrepancies"("order_id", "account");

-- What the Prisma schema cannot say: at most one current event per fact, at most one open discrepancy per key,
-- and the indexes behind parent links and absorbed references.
CREATE UNIQUE INDEX transaction_events_current_fact ON transaction_events (event_key) WHERE superseded_at IS NULL;
CREATE UNIQUE INDEX discrepancies_open_key ON discrepancies (key, account, provider) WHERE resolved_at IS NULL;
-- Parent links are rare, and both directions are walked for every batch: indexes that hold nothing else stay tiny,
-- and the planner cannot take anything else for them.
CREATE INDEX transaction_events_links_up ON transaction_events (reference, account)
  WHERE parent_reference IS NOT NULL AND reference IS NOT NULL;
CREATE INDEX transaction_events_links_down ON transaction_events (parent_reference, account)
  WHERE parent_reference IS NOT NULL;
CREATE INDEX transactions_absorbed ON transactions USING gin (absorbed) WHERE absorbed <> '{}';

COMMENT ON TABLE inbox_messages IS 'One raw notification or response exactly as it was verified, written once, before it is acknowledged. Never updated: its work state lives in inbox_queue and inbox_outcomes, because updating this row would rewrite the body.';
COMMENT ON COLUMN inbox_messages.id IS 'UUID version 7: sorts by receipt.';
COMMENT ON COLUMN inbox_messages.witness IS 'notification | response';
COMMENT ON COLUMN inbox_messages.content IS 'The signed bytes (body, or raw query where the signed set travelled there), card secrets overwritten in place.';
COMMENT ON COLUMN inbox_messages.content_digest IS 'SHA-256 of the bytes as received, before anything was overwritten.';
COMMENT ON COLUMN inbox_messages.scrubbed IS 'What was overwritten before storing; empty when the content is byte for byte what was received.';
COMMENT ON COLUMN inbox_messages.envelope IS 'What the merchant said about a forwarded response (order, operation, HTTP status …); null for notifications.';
COMMENT ON COLUMN inbox_messages.secret_id IS 'Which configured secret verified the message; null for responses.';
COMMENT ON TABLE receipts IS 'Deduplication ledger: one row per distinct message, however often it was delivered.';
COMMENT ON COLUMN receipts.key IS 'SHA-256 of account, witness and canonical content.';
COMMENT ON TABLE inbox_queue IS 'What still has to be processed: a row per pending message, deleted in the transaction that records its outcome.';
COMMENT ON COLUMN inbox_queue.attempts IS 'Failed tries so far; a message that keeps failing is parked.';
COMMENT ON COLUMN inbox_queue.due_at IS 'Not before this time.';
COMMENT ON TABLE inbox_outcomes IS 'What became of a message: processed, duplicate (said nothing new) or parked (kept for a later build or an operator).';
COMMENT ON COLUMN inbox_outcomes.state IS 'processed | duplicate | parked';
COMMENT ON COLUMN inbox_outcomes.family IS 'transaction, or another family of message the provider sends to the same URL.';
COMMENT ON COLUMN inbox_outcomes.code IS 'Why it is parked: a code of docs/failure-modes.md.';
COMMENT ON TABLE quarantined_messages IS 'Messages without a valid signature that look like the provider''s: evidence for an operator, never processed.';
COMMENT ON COLUMN quarantined_messages.digest IS 'SHA-256 of the bytes as received: one row per distinct message and account.';
COMMENT ON COLUMN quarantined_messages.reason IS 'Why it was not accepted: signature_mismatch, secret_expired …';
COMMENT ON COLUMN quarantined_messages.signature IS 'The signature header as sent, for re-verification once the secret is corrected; null for providers that sign inside the body.';
COMMENT ON COLUMN quarantined_messages.source IS 'Address of the sender as the service saw it.';
COMMENT ON TABLE transaction_events IS 'The normalized facts, append-only. A replay supersedes the former translation of a message; it never edits it.';
COMMENT ON COLUMN transaction_events.event_key IS 'SHA-256 over all normalized fields but ids, receipt time and the provider''s prose: equal key, equal fact.';
COMMENT ON COLUMN transaction_events.reference IS 'Null: an answer that names no transaction, that is, a request.';
COMMENT ON COLUMN transaction_events.parent_reference IS 'Evidence that this reference belongs to another transaction.';
COMMENT ON COLUMN transaction_events.witness IS 'notification | response | inquiry';
COMMENT ON COLUMN transaction_events.type IS 'Past-tense fact: authorized, captured, refunded …';
COMMENT ON COLUMN transaction_events.fact IS 'The whole normalized event, docs/transaction-event.schema.json.';
COMMENT ON COLUMN transaction_events.occurred_at IS 'Provider''s clock; null where it sends none.';
COMMENT ON COLUMN transaction_events.superseded_at IS 'When a newer translation of the same message replaced this one; the fold reads only rows without it.';
COMMENT ON TABLE transactions IS 'One payment as it stands: a projection folded from all events that share its root reference. May be rebuilt at any time.';
COMMENT ON COLUMN transactions.reference IS 'Root reference.';
COMMENT ON COLUMN transactions.absorbed IS 'References of transactions absorbed into this root through a parent link.';
COMMENT ON COLUMN transactions.overdue IS 'A witness that was due has not spoken in time.';
COMMENT ON COLUMN transactions.final IS 'No operation awaits an outcome and the status is terminal.';
COMMENT ON COLUMN transactions.linked IS 'False: only later steps (a capture, a refund) are known and nothing links them to their payment.';
COMMENT ON COLUMN transactions.authorized_total IS 'Minor units; null: never stated.';
COMMENT ON COLUMN transactions.operations IS 'Money steps with both witnesses, in order.';
COMMENT ON COLUMN transactions.details IS 'paymentMethod, threeDSecure, fraud, customer and custom of the latest word on each.';
COMMENT ON COLUMN transactions.next_deadline_at IS 'When the clock alone may next change this transaction.';
COMMENT ON COLUMN transactions.version IS 'Counts the saved changes of this row.';
COMMENT ON TABLE discrepancies IS 'One contradiction or absence between the witnesses, with the money it puts at risk. Closed rows stay as history.';
COMMENT ON COLUMN discrepancies.key IS 'Identity from content (class, field, subject): at most one open row per key and account.';
COMMENT ON COLUMN discrepancies.reference IS 'Root reference; null when it belongs to an order or a request.';
COMMENT ON COLUMN discrepancies.response IS 'What each side said.';
COMMENT ON COLUMN discrepancies.amount_at_risk IS 'Minor units; null: unknown.';
COMMENT ON COLUMN discrepancies.resolution IS 'evidence | operator';

-- Stable views for operators: the tables may change, these do not.
CREATE SCHEMA IF NOT EXISTS ops;
COMMENT ON SCHEMA ops IS 'Stable read-only views for operators; columns are documented in docs/operations.md.';

CREATE VIEW ops.transactions AS
SELECT t.provider, t.account, t.reference, t.order_id, t.status, t.reconciliation, t.overdue, t.test, t.currency,
       t.authorized_total, t.captured_total, t.refunded_total, t.charged_back_total,
       (SELECT count(*) FROM discrepancies d
        WHERE d.reference = t.reference AND d.account = t.account AND d.provider = t.provider AND d.resolved_at IS NULL
       )::int AS open_discrepancies,
       t.first_seen_at, t.updated_at
FROM transactions t;
COMMENT ON VIEW ops.transactions IS 'One row per payment as it stands; money in minor units of currency, null = never stated.';

-- The role may exist already (it is shared by all databases of a server), and a managed database may not let us create it.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ops_reader') THEN
    CREATE ROLE ops_reader NOLOGIN;
  END IF;
  GRANT USAGE ON SCHEMA ops TO ops_reader;
  GRANT SELECT ON ALL TABLES IN SCHEMA ops TO ops_reader;
  -- Views of later migrations are meant as well.
  ALTER DEFAULT PRIVILEGES IN SCHEMA ops GRANT SELECT ON TABLES TO ops_reader;
EXCEPTION
  WHEN insufficient_privilege OR duplicate_object OR unique_violation OR undefined_object THEN
    RAISE NOTICE 'role ops_reader was left as it is: the migrating role may not create or grant it';
END
$$;
