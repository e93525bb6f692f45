-- An operator's statement covers what the discrepancy showed, and no more: what it shows is kept with both, and a discrepancy
-- counts its versions, so that a statement can name the one that was looked at.

-- AlterTable
ALTER TABLE "discrepancies" ADD COLUMN "covers" JSONB,
ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN "former_id" UUID;

-- AlterTable
ALTER TABLE "resolutions" ADD COLUMN "covers" JSONB;

-- What a row says by itself: the money at risk, and what it names. Money that hangs on each payment is read off the payment; what
-- each side said came of an operation is not in the row. What is open is judged again by the first sweep, which completes it. Of a closed
-- one no more can be known: where more than this is shown later, it opens again, which is one look too many and never one too few.
UPDATE discrepancies d SET covers = jsonb_build_object(
  'parts', coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', named.id, 'amount', CASE WHEN d.class = 'duplicate_payment' THEN held.amount END)
                     ORDER BY named.id COLLATE "C")
    FROM (SELECT DISTINCT unnest(d.response || d.notification) AS id) named
    LEFT JOIN LATERAL (
      SELECT CASE WHEN t.status = 'authorized' THEN t.authorized_total
                  ELSE t.captured_total - t.refunded_total - t.charged_back_total END AS amount
      FROM transactions t
      WHERE t.reference = named.id AND t.account = d.account AND t.provider = d.provider
    ) held ON true
    WHERE d.class IN ('duplicate_payment', 'order_mismatch', 'merchant_mismatch', 'test_mode_mismatch')
       OR (d.class = 'currency_mismatch' AND d.reference IS NOT NULL)
  ), '[]'::jsonb),
  'outcomes', jsonb_build_object('response', '', 'notification', ''),
  'amountAtRisk', d.amount_at_risk);

UPDATE resolutions s SET covers = coalesce(
  (SELECT d.covers FROM discrepancies d WHERE d.id = s.discrepancy_id),
  '{"parts": [], "outcomes": {"response": "", "notification": ""}, "amountAtRisk": null}');

-- An instance of the former build writes none of it, as long as the two run side by side: then nothing is covered.

-- AlterTable
ALTER TABLE "discrepancies" ALTER COLUMN "covers" SET NOT NULL,
ALTER COLUMN "covers" SET DEFAULT '{"parts": [], "outcomes": {"response": "", "notification": ""}, "amountAtRisk": null}';
-- AlterTable
ALTER TABLE "resolutions" ALTER COLUMN "covers" SET NOT NULL,
ALTER COLUMN "covers" SET DEFAULT '{"parts": [], "outcomes": {"response": "", "notification": ""}, "amountAtRisk": null}';

UPDATE transactions t SET next_deadline_at = least(t.next_deadline_at, t.updated_at)
WHERE EXISTS (
  SELECT FROM discrepancies d
  WHERE d.reference = t.reference AND d.account = t.account AND d.provider = t.provider AND d.resolved_at IS NULL);
INSERT INTO deadlines AS l (provider, account, kind, subject, due_at)
SELECT d.provider, d.account, CASE WHEN d.reference IS NULL THEN 'order' ELSE 'reference' END AS kind,
       coalesce(d.reference, d.order_id) AS subject, min(d.opened_at)
FROM discrepancies d
WHERE d.resolved_at IS NULL AND coalesce(d.reference, d.order_id) IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM transactions t
    WHERE t.reference = d.reference AND t.account = d.account AND t.provider = d.provider)
GROUP BY d.provider, d.account, kind, subject
ON CONFLICT (subject, account, provider, kind) DO UPDATE SET due_at = least(l.due_at, excluded.due_at);

-- One that opens again looks for the one that an operator closed: an index that holds nothing else stays small.
CREATE INDEX discrepancies_closed_by_operators ON discrepancies (key, account, provider, resolved_at)
  WHERE resolution = 'operator';

COMMENT ON COLUMN discrepancies.covers IS 'What a statement of an operator about it would cover: the ids it names with the money on each, what each side said came of it, the money at risk.';
COMMENT ON COLUMN discrepancies.version IS 'Counts the changes of its figures.';
COMMENT ON COLUMN discrepancies.former_id IS 'The discrepancy of the same key that an operator had closed; null: none had.';
COMMENT ON COLUMN resolutions.covers IS 'discrepancies.covers as it was when this was stated: no more than that stays closed.';
COMMENT ON COLUMN resolutions.outcome IS 'not_processed: the operator looked at the provider''s side, and nothing happened there. separate_payments: each payment of the order is meant, later ones too.';

CREATE OR REPLACE VIEW ops.open_discrepancies AS
SELECT d.id, d.class, d.field, d.provider, d.account, d.reference, d.order_id, d.response, d.notification,
       d.amount_at_risk, d.currency, d.opened_at, d.version, d.former_id
FROM discrepancies d
WHERE d.resolved_at IS NULL;
COMMENT ON COLUMN ops.open_discrepancies.version IS 'For POST /v1/discrepancies/:id/resolve: counts the changes of its figures.';
COMMENT ON COLUMN ops.open_discrepancies.former_id IS 'It had been closed by an operator under this id, and more was shown since; null: it had not.';
