-- Whoever announces again is about to ask again: when that was last said is kept beside when it was first said.

-- AlterTable
ALTER TABLE "expectations" ADD COLUMN "said_at" TIMESTAMPTZ(3),
ADD COLUMN "requested_at" TIMESTAMPTZ(3);

-- Of what was said again before, nothing but the first time is known.
UPDATE expectations SET said_at = created_at;

-- AlterTable
ALTER TABLE "expectations" ALTER COLUMN "said_at" SET NOT NULL,
-- An instance of the former build writes none, as long as the two run side by side.
ALTER COLUMN "said_at" SET DEFAULT CURRENT_TIMESTAMP;

COMMENT ON COLUMN expectations.created_at IS 'When it was first said, by our clock: alarms count from here.';
COMMENT ON COLUMN expectations.said_at IS 'When it was last said, by our clock: the call may have been made after that.';
COMMENT ON COLUMN expectations.requested_at IS 'When the call is made by the merchant''s clock, as last said; null: not said.';
