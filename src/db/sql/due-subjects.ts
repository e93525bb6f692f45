/** What the clock alone may change by now ($1), the longest overdue first, at most $2. Both halves walk an index. */
export const DUE_SUBJECTS = `
SELECT provider, account, kind, id FROM (
  (SELECT provider, account, 'reference' AS kind, reference AS id, next_deadline_at AS due_at
   FROM transactions WHERE next_deadline_at <= $1::timestamptz ORDER BY next_deadline_at LIMIT $2)
  UNION ALL
  (SELECT provider, account, kind, subject, due_at
   FROM deadlines WHERE due_at <= $1::timestamptz ORDER BY due_at LIMIT $2)
) due ORDER BY due_at LIMIT $2`

/** Another turn at $6 for a subject that is still due at $5: its judgement failed, or its account is not configured. */
export const POSTPONE_SUBJECT = `
WITH transaction_left AS (
  UPDATE transactions SET next_deadline_at = $6::timestamptz
  WHERE $3 = 'reference' AND reference = $4 AND account = $2 AND provider = $1 AND next_deadline_at <= $5::timestamptz
)
UPDATE deadlines SET due_at = $6::timestamptz
WHERE subject = $4 AND account = $2 AND provider = $1 AND kind = $3 AND due_at <= $5::timestamptz`
