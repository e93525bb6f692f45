import { digestAt } from '../unnest-parameters.ts'

/**
 * Add further deliveries to rows of the ledger. They are locked in the order of their keys, as receipt locks them, so that replicas
 * cannot deadlock. A row that is not there any more is not counted.
 */
export const COUNT_REPETITIONS = `
WITH told AS (
  SELECT ${digestAt('$1', 'n')} AS key, t.*
  FROM unnest($2::int[], $3::timestamptz[]) WITH ORDINALITY AS t(deliveries, received_at, n)
), held AS (
  SELECT r.key FROM receipts r WHERE r.key = ANY(ARRAY(SELECT key FROM told)) ORDER BY r.key FOR UPDATE
)
UPDATE receipts r
SET deliveries = r.deliveries + told.deliveries, last_delivered_at = greatest(r.last_delivered_at, told.received_at)
FROM told JOIN held USING (key)
WHERE r.key = told.key`
