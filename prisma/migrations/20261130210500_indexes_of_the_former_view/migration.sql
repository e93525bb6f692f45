-- Only the former ops.orders looked for orders by these; each cost every announcement, call or contradiction a write. A script of its
-- own: together with the lock on the view it would deadlock with one who reads both.
DROP INDEX discrepancies_open_order_mismatches;
DROP INDEX transaction_events_calls;
DROP INDEX expectations_live_created_at;
