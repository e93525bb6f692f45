/** The detail of a message that an operator gave up; it begins with the words by which a replay leaves it out. */
const GIVEN_UP = 'given up: its account was taken out'

/** End the messages of an account ($1) under the names of its provider ($2) that still wait: they are parked at $3, and no worker looks at them any more. */
export const GIVE_UP = `
WITH given_up AS (
  DELETE FROM inbox_queue q USING inbox_messages m
  WHERE m.id = q.inbox_id AND m.account = $1 AND m.provider = ANY ($2::text[])
  RETURNING q.inbox_id
)
INSERT INTO inbox_outcomes (inbox_id, state, code, detail, processed_at)
SELECT inbox_id, 'parked', 'processing_failed', '${GIVEN_UP}', $3::timestamptz FROM given_up
ON CONFLICT (inbox_id) DO UPDATE SET
  state = excluded.state, family = NULL, translation = NULL, code = excluded.code, detail = excluded.detail, processed_at = excluded.processed_at`
