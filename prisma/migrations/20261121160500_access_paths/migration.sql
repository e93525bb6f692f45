-- Lists with a filter that few rows pass would otherwise walk all of the table, newest first, to fill one page. What many rows
-- pass is found without help, so most of these indexes hold only what is out of the ordinary.

-- AlterTable
-- Nearly every payment is authorized, then captured. An index that knows these two words would be written at each step, and
-- every other index with it; of a column that does not change none is.
ALTER TABLE "transactions" ADD COLUMN "uncommon_status" TEXT
  GENERATED ALWAYS AS (CASE WHEN status NOT IN ('authorized', 'captured') THEN status END) STORED;
COMMENT ON COLUMN transactions.uncommon_status IS 'The status, unless it is authorized or captured: what lists find by an index.';

-- CreateIndex
CREATE INDEX "transactions_account_first_seen_at_idx" ON "transactions"("account", "first_seen_at");
CREATE INDEX transactions_uncommon_status ON transactions (uncommon_status, first_seen_at) WHERE uncommon_status IS NOT NULL;
CREATE INDEX transactions_unsettled_since ON transactions (reconciliation, first_seen_at)
  WHERE reconciliation IN ('discrepant', 'awaiting_notification', 'awaiting_response', 'expected', 'response_only');
CREATE INDEX transactions_overdue ON transactions (first_seen_at) WHERE overdue;
CREATE INDEX transactions_unlinked ON transactions (first_seen_at) WHERE NOT linked;
CREATE INDEX transactions_of_test_mode ON transactions (first_seen_at) WHERE test;
DROP INDEX transactions_unsettled;
-- Two or three versions of a row find room on its page: they cost no index anything.
ALTER TABLE transactions SET (fillfactor = 60);

-- CreateIndex
CREATE INDEX "discrepancies_class_opened_at_idx" ON "discrepancies"("class", "opened_at");
-- CreateIndex
CREATE INDEX "discrepancies_account_opened_at_idx" ON "discrepancies"("account", "opened_at");

-- CreateIndex: how often a message was delivered. Receipts are written in the order of the ids, so a summary of every 128 pages
-- finds one; it costs an acknowledgement next to nothing, where a full index would be one more write.
CREATE INDEX "receipts_inbox_id_idx" ON "receipts" USING BRIN ("inbox_id" uuid_minmax_multi_ops) WITH (autosummarize = on);
