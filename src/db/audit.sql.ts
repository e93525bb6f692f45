/** Append-only: the database refuses every other statement on this table. */
export const APPEND_AUDIT = `
INSERT INTO audit_log (id, at, actor, action, target, count, note)
VALUES ($1::uuid, $2::timestamptz, $3, $4, $5::jsonb, $6::int, $7)`
