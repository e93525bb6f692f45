/** Record what became of the claimed messages and take them off the queue, in the same commit as their effects. */
export const FINISH_MESSAGES = `
WITH done AS (
  INSERT INTO inbox_outcomes (inbox_id, state, family, code, detail, processed_at)
  SELECT inbox_id, state, family, code, detail, $6::timestamptz
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) AS f(inbox_id, state, family, code, detail)
  ON CONFLICT (inbox_id) DO UPDATE SET
    state = excluded.state, family = excluded.family, code = excluded.code, detail = excluded.detail,
    processed_at = excluded.processed_at
)
DELETE FROM inbox_queue WHERE inbox_id = ANY ($1::uuid[])`

/** A failed try: the message waits for its next turn. */
export const POSTPONE_MESSAGE = `
UPDATE inbox_queue SET attempts = $2, due_at = $3::timestamptz WHERE inbox_id = $1::uuid`
