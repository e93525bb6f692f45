/**
 * Take the messages off the queue and record what became of them, in the same commit as their effects. Only what was
 * still queued gets an outcome: a message given up here may have been finished by another worker meanwhile.
 */
export const FINISH_MESSAGES = `
WITH taken AS (
  DELETE FROM inbox_queue WHERE inbox_id = ANY ($1::uuid[]) RETURNING inbox_id
)
INSERT INTO inbox_outcomes (inbox_id, state, family, code, detail, translation, processed_at)
SELECT inbox_id, state, family, code, detail, translation, $7::timestamptz
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[])
  AS f(inbox_id, state, family, code, detail, translation)
JOIN taken USING (inbox_id)
ON CONFLICT (inbox_id) DO UPDATE SET
  state = excluded.state, family = excluded.family, code = excluded.code, detail = excluded.detail,
  translation = excluded.translation, processed_at = excluded.processed_at`

/** The same for messages that were translated again, and have an outcome. */
export const CHANGE_OUTCOMES = `
UPDATE inbox_outcomes o SET
  state = f.state, family = f.family, code = f.code, detail = f.detail, translation = f.translation,
  processed_at = $7::timestamptz
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[])
  AS f(inbox_id, state, family, code, detail, translation)
WHERE o.inbox_id = f.inbox_id`

/** A failed try: the message waits for its next turn. */
export const POSTPONE_MESSAGE = `
UPDATE inbox_queue SET attempts = $2, due_at = $3::timestamptz WHERE inbox_id = $1::uuid`

/** No failed try: the messages wait for something that is not theirs. */
export const PUT_OFF_MESSAGES = `
UPDATE inbox_queue SET put_off = put_off + 1, due_at = $2::timestamptz WHERE inbox_id = ANY ($1::uuid[])`

/** They wait for a turn of their own. */
export const SET_APART_MESSAGES = `
UPDATE inbox_queue SET is_apart = true WHERE inbox_id = ANY ($1::uuid[])`
