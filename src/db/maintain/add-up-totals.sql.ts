/**
 * Add up rows that several connections wrote for the same group into one row, up to $1 of them at a time. A row that another
 * transaction has locked is left for the next turn, so that no transaction waits here.
 */
export const ADD_UP_TOTALS = `
WITH counted AS (
  SELECT day, account, provider, reconciliation, currency, test, writer FROM daily_totals
  WHERE writer <> 0
  ORDER BY day LIMIT $1 FOR UPDATE SKIP LOCKED
), taken AS (
  DELETE FROM daily_totals d USING counted c
  WHERE d.day = c.day AND d.account = c.account AND d.provider = c.provider AND d.reconciliation = c.reconciliation
    AND d.currency = c.currency AND d.test = c.test AND d.writer = c.writer
  RETURNING d.*
), added AS (
  INSERT INTO daily_totals AS d
    (day, provider, account, reconciliation, currency, test, writer, payments, overdue, captured_total, refunded_total,
     charged_back_total, unknown_amounts)
  SELECT day, provider, account, reconciliation, currency, test, 0, sum(payments), sum(overdue), sum(captured_total),
         sum(refunded_total), sum(charged_back_total), sum(unknown_amounts)
  FROM taken
  GROUP BY day, provider, account, reconciliation, currency, test
  ORDER BY day, account, provider, reconciliation, currency, test
  ON CONFLICT (day, account, provider, reconciliation, currency, test, writer) DO UPDATE SET
    payments = d.payments + excluded.payments, overdue = d.overdue + excluded.overdue,
    captured_total = d.captured_total + excluded.captured_total,
    refunded_total = d.refunded_total + excluded.refunded_total,
    charged_back_total = d.charged_back_total + excluded.charged_back_total,
    unknown_amounts = d.unknown_amounts + excluded.unknown_amounts
)
SELECT count(*)::int AS rows FROM taken`
