import { digestAt, jsonArray } from '../unnest-parameters.ts'

/**
 * Append facts that were not known under the locks of all that they name: no other worker can have appended one of them since. One
 * that is there all the same is an error, because what is saved with it counts it twice.
 */
export const APPEND_EVENTS = `
INSERT INTO transaction_events
  (id, inbox_id, event_key, provider, account, reference, parent_reference, order_id, witness, type, fact, occurred_at, received_at)
SELECT id, inbox_id, ${digestAt('$1', 'n')}, provider, account, reference, parent_reference, order_id, witness,
       type, fact, occurred_at, received_at
FROM unnest(
  $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
  $11::timestamptz[], $12::timestamptz[], ${jsonArray('$13', 'json')}
) WITH ORDINALITY AS t(id, inbox_id, provider, account, reference, parent_reference, order_id, witness, type,
                       occurred_at, received_at, fact, n)`
