-- Waiting is not failing: a message that was put off because another transaction held a lock, or because its account is not
-- configured, keeps its tries. Without a count of its own it would look as if it had never been tried, and be due at once.

-- AlterTable
ALTER TABLE "inbox_queue" ADD COLUMN "put_off" INTEGER NOT NULL DEFAULT 0;

COMMENT ON COLUMN inbox_queue.put_off IS 'How often it was put off through no fault of its own: a lock that another transaction held, an account that is not configured.';

CREATE OR REPLACE VIEW ops.inbox_failures AS
SELECT 'parked' AS state, m.provider, m.account, m.witness, m.id AS inbox_id, o.code, o.detail,
       NULL::int AS attempts, m.received_at, o.processed_at AS failed_at, NULL::timestamptz AS next_try_at
FROM inbox_outcomes o
JOIN inbox_messages m ON m.id = o.inbox_id
WHERE o.state = 'parked'
UNION ALL
SELECT CASE WHEN q.attempts > 0 THEN 'retrying' ELSE 'put_off' END, m.provider, m.account, m.witness, m.id, NULL, NULL, q.attempts,
       m.received_at, NULL, q.due_at
FROM inbox_queue q
JOIN inbox_messages m ON m.id = q.inbox_id
WHERE q.attempts > 0 OR q.put_off > 0
UNION ALL
SELECT 'quarantined', q.provider, q.account, 'notification', q.id, q.reason, NULL, q.deliveries, q.first_seen_at, q.last_seen_at, NULL
FROM quarantined_messages q;
COMMENT ON COLUMN ops.inbox_failures.state IS 'parked: kept for a later build or an operator; retrying: failed, and tried again; put_off: waits for a lock, or for its account to be configured; quarantined: not signed by a known secret.';
