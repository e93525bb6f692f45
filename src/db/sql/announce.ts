/**
 * Keep an announcement once: whoever registers the same at the same time waits here for the other's commit and inserts
 * nothing. A withdrawn one does not stand in the way of a new one.
 */
export const ANNOUNCE = `
INSERT INTO expectations
  (id, key, provider, account, order_id, channel, operation, operation_id, parent_reference, amount, currency, created_at)
VALUES ($1::uuid, $2::bytea, $3, $4, $5, $6, $7, $8, $9, $10::bigint, $11, $12::timestamptz)
ON CONFLICT (key) WHERE withdrawn_at IS NULL DO NOTHING
RETURNING id`

const EXPECTATION = `
SELECT id, provider, account, order_id AS "orderId", channel, operation, operation_id AS "operationId",
       parent_reference AS "parentReference", amount::float8 AS amount, currency, created_at AS "createdAt"
FROM expectations`

export const LIVE_EXPECTATION = `${EXPECTATION} WHERE key = $1::bytea AND withdrawn_at IS NULL`

export const FIND_EXPECTATION = `${EXPECTATION} WHERE id = $1::uuid`

/** The first withdrawal counts. */
export const WITHDRAW = `
UPDATE expectations SET withdrawn_at = $2::timestamptz WHERE id = $1::uuid AND withdrawn_at IS NULL`
