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
 * Another turn at $6 for the subjects ($1–$4) that are still due at $5: their judgement failed, or their account is not configured.
 * What another transaction holds stays due: a statement that waited for several rows could wait in a circle.
 */
export const POSTPONE_SUBJECTS = `
WITH wanted AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS s(provider, account, kind, id)
), late_transactions AS (
  SELECT t.reference, t.account, t.provider FROM wanted w
  JOIN transactions t ON t.reference = w.id AND t.account = w.account AND t.provider = w.provider
  WHERE w.kind = 'reference' AND t.next_deadline_at <= $5::timestamptz
  FOR UPDATE OF t SKIP LOCKED
), late_deadlines AS (
  SELECT d.subject, d.account, d.provider, d.kind FROM wanted w
  JOIN deadlines d ON d.subject = w.id AND d.account = w.account AND d.provider = w.provider AND d.kind = w.kind
  WHERE d.due_at <= $5::timestamptz
  FOR UPDATE OF d SKIP LOCKED
), moved_transactions AS (
  UPDATE transactions t SET next_deadline_at = $6::timestamptz FROM late_transactions l
  WHERE t.reference = l.reference AND t.account = l.account AND t.provider = l.provider RETURNING t.reference
), moved_deadlines AS (
  UPDATE deadlines d SET due_at = $6::timestamptz FROM late_deadlines l
  WHERE d.subject = l.subject AND d.account = l.account AND d.provider = l.provider AND d.kind = l.kind RETURNING d.subject
)
SELECT (SELECT count(*) FROM moved_transactions)::int + (SELECT count(*) FROM moved_deadlines)::int AS moved`
