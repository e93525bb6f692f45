/** What the clock alone may change by now ($1), the longest overdue first, at most $2. Both halves walk an index. */
export const DUE_SUBJECTS = `
SELECT provider, account, kind, id FROM (
  (SELECT provider, account, 'reference' AS kind, reference AS id, next_deadline_at AS due_at
   FROM transactions WHERE next_deadline_at <= $1::timestamptz ORDER BY next_deadline_at LIMIT $2)
  UNION ALL
  (SELECT provider, account, kind, subject, due_at
   FROM deadlines WHERE due_at <= $1::timestamptz ORDER BY due_at LIMIT $2)
) due ORDER BY due_at LIMIT $2`

/**
 * Another turn at $6 for those of the subjects ($1–$4) that are still due at $5: their judgement failed, or their account
 * is gone from the configuration. The next judgement that succeeds writes the true time.
 */
export const POSTPONE_SUBJECTS = `
WITH subjects AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS s(provider, account, kind, id)
), transactions_left AS (
  UPDATE transactions t SET next_deadline_at = $6::timestamptz FROM subjects s
  WHERE s.kind = 'reference' AND t.reference = s.id AND t.account = s.account AND t.provider = s.provider
    AND t.next_deadline_at <= $5::timestamptz
  RETURNING 1
), others_left AS (
  UPDATE deadlines d SET due_at = $6::timestamptz FROM subjects s
  WHERE d.subject = s.id AND d.account = s.account AND d.provider = s.provider AND d.kind = s.kind
    AND d.due_at <= $5::timestamptz
  RETURNING 1
)
SELECT ((SELECT count(*) FROM transactions_left) + (SELECT count(*) FROM others_left))::int AS postponed`
