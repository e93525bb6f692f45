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
    "writer" INTEGER NOT NULL,
    "payments" BIGINT NOT NULL,
    "overdue" BIGINT NOT NULL,
    "captured_total" BIGINT NOT NULL,
    "refunded_total" BIGINT NOT NULL,
    "charged_back_total" BIGINT NOT NULL,
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
COMMENT ON COLUMN daily_totals.writer IS 'Process id of the database connection that counted, so that none waits for another; 0: added up by upkeep.';
COMMENT ON COLUMN daily_totals.payments IS 'One writer alone may have seen more go than come: less than nothing.';
COMMENT ON COLUMN daily_totals.captured_total IS 'Minor units over the known amounts. So are the other totals.';
COMMENT ON COLUMN daily_totals.unknown_amounts IS 'Payments with a total that nobody stated: not in the sums.';

-- Few discrepancies are open at any time: they are counted when asked for. The view comes before the lock, because whoever reads it
-- takes them in that order.
CREATE OR REPLACE VIEW ops.daily_reconciliation AS
SELECT day, provider, account, nullif(test, '')::boolean AS test, nullif(currency, '') AS currency, reconciliation,
       sum(payments)::int AS transactions, sum(overdue)::int AS overdue, sum(captured_total)::bigint AS captured_total,
       sum(refunded_total)::bigint AS refunded_total, sum(charged_back_total)::bigint AS charged_back_total,
       sum(unknown_amounts)::int AS unknown_amounts, sum(open_discrepancies)::int AS open_discrepancies,
       sum(amount_at_risk)::bigint AS amount_at_risk
FROM (
  SELECT day, provider, account, test, currency, reconciliation, payments, overdue, captured_total, refunded_total,
         charged_back_total, unknown_amounts, 0 AS open_discrepancies, 0 AS amount_at_risk
  FROM daily_totals
  UNION ALL
  SELECT (t.first_seen_at AT TIME ZONE 'UTC')::date, t.provider, t.account, coalesce(t.test::text, ''),
         coalesce(t.currency, ''), t.reconciliation, 0, 0, 0, 0, 0, 0, 1, coalesce(d.amount_at_risk, 0)
  FROM discrepancies d
  JOIN transactions t ON t.reference = d.reference AND t.account = d.account AND t.provider = d.provider
  WHERE d.resolved_at IS NULL
) counted
GROUP BY day, provider, account, test, currency, reconciliation
HAVING sum(payments) > 0;

-- Nothing may change between counting what is there and counting along. Receipt goes on; processing and reading wait.
LOCK TABLE transactions IN ACCESS EXCLUSIVE MODE;

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
           coalesce(test::text, ''), pg_backend_pid(), sum(sign) AS payments,
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
