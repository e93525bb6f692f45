import { digestAt } from '../unnest-parameters.ts'

/** Move the events $1 (message) and $2 (id) to history: their messages state something else as of $3. */
export const SUPERSEDE_EVENTS = `
WITH gone AS (
  DELETE FROM transaction_events e USING unnest($1::uuid[], $2::uuid[]) AS g(inbox_id, id)
  WHERE e.inbox_id = g.inbox_id AND e.id = g.id
  RETURNING e.*
)
INSERT INTO superseded_events
  (id, inbox_id, event_key, provider, account, reference, parent_reference, order_id, witness, type, fact, occurred_at,
   received_at, superseded_at)
SELECT id, inbox_id, event_key, provider, account, reference, parent_reference, order_id, witness, type, fact, occurred_at,
       received_at, $3::timestamptz
FROM gone`

/** What the messages $1 repeated by a former translation. */
export const FORGET_REPETITIONS = `DELETE FROM event_repetitions WHERE inbox_id = ANY ($1::uuid[])`

/** The messages $2 state the events of the keys $1, which others had stated before. */
export const NOTE_REPETITIONS = `
INSERT INTO event_repetitions (inbox_id, event_key)
SELECT inbox_id, ${digestAt('$1', 'n')} FROM unnest($2::uuid[]) WITH ORDINALITY AS t(inbox_id, n)
ON CONFLICT DO NOTHING`
