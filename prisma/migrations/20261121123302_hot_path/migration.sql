-- DropIndex
DROP INDEX "inbox_outcomes_processed_at_idx";

-- DropIndex
DROP INDEX "transaction_events_inbox_id_idx";

-- AlterTable
ALTER TABLE "transaction_events" DROP CONSTRAINT "transaction_events_pkey",
ALTER COLUMN "fact" SET DATA TYPE JSON,
ADD CONSTRAINT "transaction_events_pkey" PRIMARY KEY ("inbox_id", "id");

COMMENT ON COLUMN transaction_events.fact IS 'What it states, in the fields of docs/transaction-event.schema.json; a field that states nothing is left out.';
COMMENT ON COLUMN transaction_events.parent_reference IS 'Evidence that this reference belongs to another transaction; of a call that names its operation alone, operation:<id>.';

-- A transaction is rewritten two or three times in its first seconds: room on the page keeps its indexes out of it.
ALTER TABLE transactions SET (fillfactor = 80);
-- The queue is empty most of the time and turns over all of its rows: it must not wait for a share of them to be dead.
ALTER TABLE inbox_queue SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
-- Larger bodies are compressed before they are acknowledged; lz4 costs a fraction, but not every build has it.
DO $$
BEGIN
  EXECUTE 'ALTER TABLE inbox_messages ALTER COLUMN content SET COMPRESSION lz4';
EXCEPTION
  WHEN feature_not_supported OR syntax_error OR invalid_parameter_value THEN
    RAISE NOTICE 'bodies are compressed with the default method: this server was built without lz4';
END
$$;
