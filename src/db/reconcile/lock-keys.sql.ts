/**
 * Transaction-scoped advisory locks over ($2) keys of one class ($1: 1 transactions, 2 orders), taken in sorted order so
 * that two workers can never wait for each other. A hash collision only makes two keys share a lock.
 */
export const LOCK_KEYS = `
SELECT pg_advisory_xact_lock($1::int, hash)
FROM (SELECT DISTINCT hashtext(key) AS hash FROM unnest($2::text[]) AS k(key) ORDER BY 1) sorted`
