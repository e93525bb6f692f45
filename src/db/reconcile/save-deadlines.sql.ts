/** Write the times that changed and remove those that are over; nearly always there is nothing to do. */
export const SAVE_DEADLINES = `
WITH wanted AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
    AS w(provider, account, kind, subject, due_at)
), removed AS (
  DELETE FROM deadlines d USING wanted w
  WHERE w.due_at IS NULL
    AND d.subject = w.subject AND d.account = w.account AND d.provider = w.provider AND d.kind = w.kind
)
INSERT INTO deadlines AS d (provider, account, kind, subject, due_at)
SELECT * FROM wanted WHERE due_at IS NOT NULL ORDER BY subject, account, provider, kind
ON CONFLICT (subject, account, provider, kind) DO UPDATE SET due_at = excluded.due_at
WHERE d.due_at IS DISTINCT FROM excluded.due_at`
