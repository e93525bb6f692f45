-- An Idempotency-Key that is used again for another content must be told from a repetition: what it was first used for is kept.

-- AlterTable
ALTER TABLE "receipts" ADD COLUMN "content_mark" BYTEA;

COMMENT ON COLUMN receipts.content_mark IS 'SHA-256 of what an Idempotency-Key was first used for (envelope without receivedAt, body; both as canonical JSON); null: the key is drawn from the content itself, or the row is older than this column.';
