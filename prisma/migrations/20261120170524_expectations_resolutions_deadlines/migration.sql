-- What merchants announce, what operators state, and when the clock alone has something to say.

-- CreateTable
CREATE TABLE "expectations" (
    "id" UUID NOT NULL,
    "key" BYTEA NOT NULL,
    "provider" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "channel" TEXT,
    "operation" TEXT,
    "operation_id" TEXT,
    "parent_reference" TEXT,
    "amount" BIGINT,
    "currency" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "withdrawn_at" TIMESTAMPTZ(3),

    CONSTRAINT "expectations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "resolutions" (
    "id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "discrepancy_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "reference" TEXT,
    "order_id" TEXT,
    "outcome" TEXT,
    "note" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "stated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "resolutions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deadlines" (
    "provider" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "deadlines_pkey" PRIMARY KEY ("subject","account","provider","kind")
);

-- CreateIndex
CREATE INDEX "expectations_order_id_account_idx" ON "expectations"("order_id", "account");

-- CreateIndex
CREATE INDEX "resolutions_reference_account_idx" ON "resolutions"("reference", "account");

-- CreateIndex
CREATE INDEX "resolutions_order_id_account_idx" ON "resolutions"("order_id", "account");

-- CreateIndex
CREATE INDEX "deadlines_due_at_idx" ON "deadlines"("due_at");

-- One live expectation per key; a withdrawn one stays as history. The sweep looks only at rows that wait for the clock.
CREATE UNIQUE INDEX expectations_live_key ON expectations (key) WHERE withdrawn_at IS NULL;
CREATE INDEX transactions_next_deadline ON transactions (next_deadline_at) WHERE next_deadline_at IS NOT NULL;

COMMENT ON TABLE deadlines IS 'One raw notification or response exactly as it was verified, written once, before it is acknowledged. Never updated: its work state lives in inbox_queue and inbox_outcomes, because updating this row would rewrite the body. el InboxMessage { // UUID version 7: sorts by receipt. d            String   @id @db.Uuid rovider      String ccount       String // notification | response itness       String // The signed bytes (body, or raw query where the signed set travelled there), card secrets overwritten in place. ontent       Bytes // SHA-256 of the bytes as received, before anything was overwritten. ontentDigest Bytes    @map("content_digest") // What was overwritten before storing; empty when the content is byte for byte what was received. crubbed      String[] // What the merchant said about a forwarded response (order, operation, HTTP status …); null for notifications. nvelope      Json? // Which configured secret verified the message; null for responses. ecretId      String?  @map("secret_id") eceivedAt    DateTime @map("received_at") @db.Timestamptz(3)  @index([account, receivedAt]) @map("inbox_messages")   Deduplication ledger: one row per distinct message, however often it was delivered. el Receipt { // SHA-256 of account, witness and canonical content. ey             Bytes    @id nboxId         String   @map("inbox_id") @db.Uuid eliveries      Int      @default(1) astDeliveredAt DateTime @map("last_delivered_at") @db.Timestamptz(3)  @map("receipts")   What still has to be processed: a row per pending message, deleted in the transaction that records its outcome. el InboxQueue { nboxId  String   @id @map("inbox_id") @db.Uuid // Failed tries so far; a message that keeps failing is parked. ttempts Int      @default(0) // Not before this time. ueAt    DateTime @map("due_at") @db.Timestamptz(3)  @map("inbox_queue")   What became of a message: processed, duplicate (said nothing new) or parked (kept for a later build or an operator). el InboxOutcome { nboxId     String   @id @map("inbox_id") @db.Uuid // processed | duplicate | parked tate       String // transaction, or another family of message the provider sends to the same URL. amily      String? // Why it is parked: a code of docs/failure-modes.md. ode        String? etail      String? rocessedAt DateTime @map("processed_at") @db.Timestamptz(3)  @index([processedAt]) @map("inbox_outcomes")   Messages without a valid signature that look like the provider''s: evidence for an operator, never processed. el QuarantinedMessage { d          String   @id @db.Uuid rovider    String ccount     String // SHA-256 of the bytes as received: one row per distinct message and account. igest      Bytes // Why it was not accepted: signature_mismatch, secret_expired … eason      String ethod      String ontent     Bytes crubbed    String[] // The signature header as sent, for re-verification once the secret is corrected; null for providers that sign inside the body. ignature   String? // Address of the sender as the service saw it. ource      String eliveries  Int      @default(1) irstSeenAt DateTime @map("first_seen_at") @db.Timestamptz(3) astSeenAt  DateTime @map("last_seen_at") @db.Timestamptz(3)  @unique([digest, account, provider]) @index([firstSeenAt]) @map("quarantined_messages")   The normalized facts, append-only. A replay supersedes the former translation of a message; it never edits it. el TransactionEvent { d              String    @id @db.Uuid nboxId         String    @map("inbox_id") @db.Uuid // SHA-256 over all normalized fields but ids, receipt time and the provider''s prose: equal key, equal fact. ventKey        Bytes     @map("event_key") rovider        String ccount         String // Null: an answer that names no transaction, that is, a request. eference       String? // Evidence that this reference belongs to another transaction. arentReference String?   @map("parent_reference") rderId         String?   @map("order_id") // notification | response | inquiry itness         String // Past-tense fact: authorized, captured, refunded … ype            String // The whole normalized event, docs/transaction-event.schema.json. act            Json // Provider''s clock; null where it sends none. ccurredAt      DateTime? @map("occurred_at") @db.Timestamptz(3) eceivedAt      DateTime  @map("received_at") @db.Timestamptz(3) // When a newer translation of the same message replaced this one; the fold reads only rows without it. upersededAt    DateTime? @map("superseded_at") @db.Timestamptz(3)  @index([reference, account]) @index([orderId, account]) @index([inboxId]) @map("transaction_events")   One payment as it stands: a projection folded from all events that share its root reference. May be rebuilt at any time. el Transaction { rovider         String ccount          String // Root reference. eference        String // References of transactions absorbed into this root through a parent link. bsorbed         String[] rderId          String?   @map("order_id") tatus           String econciliation   String // A witness that was due has not spoken in time. verdue          Boolean // No operation awaits an outcome and the status is terminal. inal            Boolean // False: only later steps (a capture, a refund) are known and nothing links them to their payment. inked           Boolean est             Boolean? erchantId       String?   @map("merchant_id") urrency         String? // Minor units; null: never stated. uthorizedTotal  BigInt?   @map("authorized_total") apturedTotal    BigInt?   @map("captured_total") efundedTotal    BigInt?   @map("refunded_total") hargedBackTotal BigInt?   @map("charged_back_total") // Money steps with both witnesses, in order. perations       Json // paymentMethod, threeDSecure, fraud, customer and custom of the latest word on each. etails          Json irstSeenAt      DateTime  @map("first_seen_at") @db.Timestamptz(3) pdatedAt        DateTime  @map("updated_at") @db.Timestamptz(3) // When the clock alone may next change this transaction. extDeadlineAt   DateTime? @map("next_deadline_at") @db.Timestamptz(3) // Counts the saved changes of this row. ersion          Int  @id([reference, account, provider]) @index([orderId, account]) @index([firstSeenAt, reference]) @map("transactions")   One contradiction or absence between the witnesses, with the money it puts at risk. Closed rows stay as history. el Discrepancy { d           String    @id @db.Uuid // Identity from content (class, field, subject): at most one open row per key and account. ey          String rovider     String ccount      String // Root reference; null when it belongs to an order or a request. eference    String? rderId      String?   @map("order_id") lass        String ield        String? // What each side said. esponse     String[] otification String[] // Minor units; null: unknown. mountAtRisk BigInt?   @map("amount_at_risk") urrency     String? penedAt     DateTime  @map("opened_at") @db.Timestamptz(3) esolvedAt   DateTime? @map("resolved_at") @db.Timestamptz(3) // evidence | operator esolution   String?  @index([reference, account]) @index([orderId, account]) @map("discrepancies")   "We are about to ask for this payment", registered by the merchant before the call. el Expectation { d              String    @id @db.Uuid // SHA-256 of provider, account, order, operation and operation id: registering the same again answers the same row. ey             Bytes rovider        String ccount         String rderId         String    @map("order_id") // direct | hosted; null: not said hannel         String? peration       String? perationId     String?   @map("operation_id") // Reference that a later step will act on. arentReference String?   @map("parent_reference") // Minor units. mount          BigInt? urrency        String? reatedAt       DateTime  @map("created_at") @db.Timestamptz(3) // Set when the merchant took it back; the fold does not read such a row. ithdrawnAt     DateTime? @map("withdrawn_at") @db.Timestamptz(3)  @index([orderId, account]) @map("expectations")   An operator''s statement about a discrepancy: evidence that later folds read, never deleted. el Resolution { d            String   @id @db.Uuid // Key of the discrepancy it speaks about. ey           String iscrepancyId String   @map("discrepancy_id") @db.Uuid rovider      String ccount       String // Subject of the discrepancy, as it was: root reference, order. eference     String? rderId       String?  @map("order_id") // not_processed: the operator looked at the provider''s side, and nothing happened there. utcome       String? ote          String // Name of the API key that stated it. uthor        String tatedAt      DateTime @map("stated_at") @db.Timestamptz(3)  @index([reference, account]) @index([orderId, account]) @map("resolutions")   When the clock alone may next change an order or a request without a transaction; transactions carry their own time.';
COMMENT ON COLUMN deadlines.kind IS 'order | reference';
COMMENT ON COLUMN deadlines.subject IS 'Order id, or the reference that a maintenance call acted on.';
