-- AlterTable
ALTER TABLE "inbox_messages" ADD COLUMN     "data_key" TEXT,
ALTER COLUMN "content" DROP NOT NULL;

-- AlterTable
ALTER TABLE "quarantined_messages" ADD COLUMN     "data_key" TEXT;

-- Retention walks bodies that are still there, the oldest first, and never meets one twice.
CREATE INDEX inbox_messages_kept ON inbox_messages (received_at) WHERE content IS NOT NULL;

COMMENT ON TABLE inbox_messages IS 'One raw notification or response exactly as it was verified, written once, before it is acknowledged. Its work state lives in inbox_queue and inbox_outcomes, because updating this row would rewrite the body: only a new data key and retention do so.';
COMMENT ON COLUMN inbox_messages.content IS 'The signed bytes (body, or raw query where the signed set travelled there), card secrets overwritten in place; sealed when data_key is set, null once retention has deleted them.';
COMMENT ON COLUMN inbox_messages.data_key IS 'Which of DATA_KEYS sealed the content, as id:check value; null: it is in clear, or gone.';
COMMENT ON COLUMN quarantined_messages.content IS 'What would have been the signed bytes, card secrets overwritten in place; sealed when data_key is set.';
COMMENT ON COLUMN quarantined_messages.data_key IS 'Which of DATA_KEYS sealed the content, as id:check value; null: it is in clear.';
