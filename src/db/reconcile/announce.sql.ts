const EXPECTATION = `
       x.id, x.provider, x.account, x.order_id AS "orderId", x.channel, x.operation, x.operation_id AS "operationId",
       x.parent_reference AS "parentReference", x.amount::float8 AS amount, x.currency, x.created_at AS "createdAt",
       x.said_at AS "saidAt", x.requested_at AS "requestedAt"`

/**
 * Keep an announcement once: a caller that registers the same at the same time waits here for the other's commit, and has
 * only said the stored one again. Clocks of replicas may differ: the latest saying is the latest by any of them. A withdrawn one
 * does not stand in the way of a new one.
 */
export const ANNOUNCE = `
INSERT INTO expectations AS x
  (id, key, provider, account, order_id, channel, operation, operation_id, parent_reference, amount, currency, created_at,
   said_at, requested_at)
VALUES ($1::uuid, $2::bytea, $3, $4, $5, $6, $7, $8, $9, $10::bigint, $11, $12::timestamptz, $12::timestamptz,
        $13::timestamptz)
ON CONFLICT (key) WHERE withdrawn_at IS NULL DO UPDATE
  SET said_at = greatest(x.said_at, excluded.said_at), requested_at = excluded.requested_at
RETURNING ${EXPECTATION}`

export const FIND_EXPECTATION = `SELECT ${EXPECTATION} FROM expectations x WHERE x.id = $1::uuid`

/** The first withdrawal counts. */
export const WITHDRAW = `
UPDATE expectations SET withdrawn_at = $2::timestamptz WHERE id = $1::uuid AND withdrawn_at IS NULL`
