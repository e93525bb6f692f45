-- AlterTable
ALTER TABLE "quarantined_messages" ADD COLUMN     "carrier" TEXT NOT NULL DEFAULT 'body';

-- CreateIndex
CREATE INDEX "quarantined_messages_account_provider_idx" ON "quarantined_messages"("account", "provider");

-- CreateIndex
CREATE INDEX "quarantined_messages_source_idx" ON "quarantined_messages"("source");

-- Until now only GET said that a set came in the query.
UPDATE quarantined_messages SET carrier = 'query' WHERE method = 'GET';

COMMENT ON TABLE quarantined_messages IS 'Messages without a valid signature that look like the provider''s: evidence for an operator, never processed, gone after 72 hours.';
COMMENT ON COLUMN quarantined_messages.carrier IS 'Where the bytes travelled: body | query.';
COMMENT ON COLUMN quarantined_messages.content IS 'What would have been the signed bytes, card secrets overwritten in place; sealed when data_key is set, and then as it was received unless it holds a security code.';
