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
