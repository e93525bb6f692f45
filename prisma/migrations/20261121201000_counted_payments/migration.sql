-- CreateIndex: the gauge of all payments counts here, and no longer in a table of some kilobytes a row. A few keys that very many
-- rows share take up little room, and a new row is added at the end of one of them.
CREATE INDEX "transactions_reconciliation_account_provider_idx" ON "transactions"("reconciliation", "account", "provider");
