-- What became of each day's payments is counted as they change, instead of adding up tens of thousands of rows whenever somebody asks
-- (docs/decisions/0011-totals-of-days.md).

-- CreateTable
CREATE TABLE "daily_totals" (
    "day" DATE NOT NULL,
    "provider" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "reconciliation" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "test" TEXT NOT NULL,
    "writer" BIGINT NOT NULL,
    "payments" BIGINT NOT NULL,
    "overdue" BIGINT NOT NULL,
    "captured_total" DECIMAL(38,0) NOT NULL,
    "refunded_total" DECIMAL(38,0) NOT NULL,
    "charged_back_total" DECIMAL(38,0) NOT NULL,
    "unknown_amounts" BIGINT NOT NULL,

    CONSTRAINT "daily_totals_pkey" PRIMARY KEY ("day","account","provider","reconciliation","currency","test","writer")
);
-- What connections have counted since the last time it was added up.
CREATE INDEX daily_totals_by_writers ON daily_totals (day) WHERE writer <> 0;
-- The same few rows are written by every batch: their next version finds room beside them.
ALTER TABLE daily_totals SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

COMMENT ON TABLE daily_totals IS 'How many payments, and how much money, of each day stand where: the sum of its rows over all writers. Kept by triggers of transactions.';
COMMENT ON COLUMN daily_totals.day IS 'UTC day of first_seen_at.';
COMMENT ON COLUMN daily_totals.currency IS 'ISO 4217; empty: not stated.';
COMMENT ON COLUMN daily_totals.test IS 'true, false, or empty: the provider did not say.';
COMMENT ON COLUMN daily_totals.writer IS 'Which database connection counted, in which ten seconds, so that none waits for another; 0: added up by upkeep.';
COMMENT ON COLUMN daily_totals.payments IS 'One writer alone may have seen more go than come: less than nothing.';
COMMENT ON COLUMN daily_totals.captured_total IS 'Minor units over the known amounts. So are the other totals.';
COMMENT ON COLUMN daily_totals.unknown_amounts IS 'Payments with a total that nobody stated: not in the sums.';

-- Nothing may change between counting what is there and counting along. Receipt goes on; processing and reading wait.
LOCK TABLE transactions IN ACCESS EXCLUSIVE MODE;

-- A connection begins rows of its own every ten seconds: versions of one row that a long transaction may still want to see would
-- pile up, and every count walk past all of them.
-- One function for each way in which rows come and go, and what is there already: all of them count by one text. Most statements
-- bring nothing of two of these ways.
DO $do$
DECLARE
  counted CONSTANT text := $sql$
  INSERT INTO daily_totals AS d
    (day, provider, account, reconciliation, currency, test, writer, payments, overdue, captured_total, refunded_total,
     charged_back_total, unknown_amounts)
  SELECT * FROM (
    SELECT (first_seen_at AT TIME ZONE 'UTC')::date, provider, account, reconciliation, coalesce(currency, ''),
           coalesce(test::text, ''),
           (extract(epoch FROM statement_timestamp()) / 10)::bigint * 4294967296 + pg_backend_pid(), sum(sign) AS payments,
           coalesce(sum(sign) FILTER (WHERE overdue), 0) AS overdue,
           coalesce(sum(sign * captured_total), 0) AS captured_total,
           coalesce(sum(sign * refunded_total), 0) AS refunded_total,
           coalesce(sum(sign * charged_back_total), 0) AS charged_back_total,
           coalesce(sum(sign) FILTER (WHERE captured_total IS NULL OR refunded_total IS NULL OR charged_back_total IS NULL), 0)
             AS unknown_amounts
    FROM (%s) signed
    GROUP BY 1, 2, 3, 4, 5, 6
  ) net
  WHERE (payments, overdue, captured_total, refunded_total, charged_back_total, unknown_amounts) <> (0, 0, 0, 0, 0, 0)
  ON CONFLICT (day, account, provider, reconciliation, currency, test, writer) DO UPDATE SET
    payments = d.payments + excluded.payments, overdue = d.overdue + excluded.overdue,
    captured_total = d.captured_total + excluded.captured_total,
    refunded_total = d.refunded_total + excluded.refunded_total,
    charged_back_total = d.charged_back_total + excluded.charged_back_total,
    unknown_amounts = d.unknown_amounts + excluded.unknown_amounts$sql$;
  counting CONSTANT text := $sql$
CREATE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF NOT EXISTS (SELECT FROM changed) THEN
    RETURN NULL;
  END IF;%2$s;
  RETURN NULL;
END
$body$;
COMMENT ON FUNCTION %1$I() IS 'Keeps daily_totals.'$sql$;
BEGIN
  EXECUTE format(counting, 'count_new_transactions', format(counted, 'SELECT 1 AS sign, * FROM changed'));
  EXECUTE format(counting, 'count_gone_transactions', format(counted, 'SELECT -1 AS sign, * FROM changed'));
  EXECUTE format(counting, 'count_changed_transactions',
    format(counted, 'SELECT 1 AS sign, * FROM changed UNION ALL SELECT -1, * FROM former'));
  EXECUTE format(counted, 'SELECT 1 AS sign, * FROM transactions');
END
$do$;

CREATE FUNCTION forget_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- What upkeep adds up just now would be put back.
  LOCK TABLE daily_totals IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM daily_totals;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION forget_totals() IS 'Keeps daily_totals.';

CREATE TRIGGER transactions_came AFTER INSERT ON transactions
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_new_transactions();
CREATE TRIGGER transactions_changed AFTER UPDATE ON transactions
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_changed_transactions();
CREATE TRIGGER transactions_went AFTER DELETE ON transactions
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_gone_transactions();
CREATE TRIGGER transactions_emptied AFTER TRUNCATE ON transactions FOR EACH STATEMENT EXECUTE FUNCTION forget_totals();

-- DropIndex: the gauge of all payments reads the totals.
DROP INDEX "transactions_reconciliation_account_provider_idx";
