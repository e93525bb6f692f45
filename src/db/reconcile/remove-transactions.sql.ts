/** Remove the rows of references that are no root any more: absorbed by a parent link that came late. */
export const REMOVE_TRANSACTIONS = `
DELETE FROM transactions t USING unnest($1::text[], $2::text[], $3::text[]) AS k(provider, account, reference)
WHERE t.reference = k.reference AND t.account = k.account AND t.provider = k.provider`
