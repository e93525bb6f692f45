/**
 * Transaction-scoped advisory locks over keys ($2), each of a class ($1: 1 transactions, 2 orders), taken in sorted order so that
 * two workers can never wait for each other. A hash collision only makes two keys share a lock.
 */
export const LOCK_KEYS = `
SELECT pg_advisory_xact_lock(class, hash)
FROM (SELECT DISTINCT class, hashtext(key) AS hash FROM unnest($1::int[], $2::text[]) AS k(class, key) ORDER BY 1, 2) sorted`
