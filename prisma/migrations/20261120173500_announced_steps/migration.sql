-- Announced steps are looked for under the transaction they will act on, for every batch: an index that holds nothing else
-- stays tiny. And the words that say what the columns are.

CREATE INDEX expectations_parent_reference ON expectations (parent_reference, account)
  WHERE parent_reference IS NOT NULL AND withdrawn_at IS NULL;

COMMENT ON TABLE expectations IS '"We are about to ask for this payment", registered by the merchant before the call.';
COMMENT ON COLUMN expectations.key IS 'SHA-256 of provider, account, order, operation and operation id: registering the same again answers the same row.';
COMMENT ON COLUMN expectations.channel IS 'direct | hosted; null: not said';
COMMENT ON COLUMN expectations.operation IS 'authorization | sale | capture | refund | void | credit; null: not said, a payment';
COMMENT ON COLUMN expectations.parent_reference IS 'Reference that a later step will act on.';
COMMENT ON COLUMN expectations.amount IS 'Minor units.';
COMMENT ON COLUMN expectations.withdrawn_at IS 'Set when the merchant took it back; the fold does not read such a row.';

COMMENT ON TABLE resolutions IS 'An operator''s statement about a discrepancy: evidence that later folds read, never deleted.';
COMMENT ON COLUMN resolutions.key IS 'Key of the discrepancy it speaks about.';
COMMENT ON COLUMN resolutions.reference IS 'Subject of the discrepancy, as it was: reference of the transaction, or of what a call acted on.';
COMMENT ON COLUMN resolutions.order_id IS 'Subject of the discrepancy, as it was.';
COMMENT ON COLUMN resolutions.outcome IS 'not_processed: the operator looked at the provider''s side, and nothing happened there.';
COMMENT ON COLUMN resolutions.author IS 'Name of the API key that stated it.';

COMMENT ON TABLE deadlines IS 'When the clock alone may next change an order or a request without a transaction; transactions carry their own time.';
COMMENT ON COLUMN deadlines.kind IS 'order | reference';
COMMENT ON COLUMN deadlines.subject IS 'Order id, or the reference that a maintenance call acted on.';
