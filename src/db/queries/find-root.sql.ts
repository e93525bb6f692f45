/** The root that a reference ($1) of an account ($2, $3) belongs to: itself, or the transaction that absorbed it. */
export const FIND_ROOT = `
SELECT reference, absorbed FROM transactions WHERE reference = $1 AND account = $2 AND provider = $3
UNION ALL
SELECT reference, absorbed FROM transactions
WHERE absorbed @> ARRAY[$1::text] AND absorbed <> '{}' AND account = $2 AND provider = $3
LIMIT 1`
