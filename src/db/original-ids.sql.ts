/**
 * Originals of replaced ids. They are sorted, so that two statements with the same ids take their locks in one order. A pair that
 * is stored already changes nothing.
 */
const KEEP = (rows: string): string => `
  INSERT INTO original_identifiers (account, provider, shown, original)
  SELECT DISTINCT account, provider, shown, original FROM ${rows}
  ORDER BY account, provider, shown
  ON CONFLICT (account, provider, shown) DO NOTHING`

/** Store those of one account: $1 provider, $2 account, $3 shown, $4 original. */
export const KEEP_ORIGINALS = KEEP(
  '(SELECT $1::text AS provider, $2::text AS account, t.* FROM unnest($3::text[], $4::text[]) AS t(shown, original)) given',
)

/** The part of the statement of receipt that commits originals with their messages. */
export const KEPT_WITH_MESSAGES = `, originals AS (${KEEP(
  `jsonb_to_recordset($18::jsonb) AS given(provider text, account text, shown text, original text)`,
)}
)`

/** Originals of the shown ids $3 of the accounts $2 of the providers $1, as far as they are stored. */
export const FIND_ORIGINALS = `
SELECT o.provider, o.account, o.shown, o.original
FROM unnest($1::text[], $2::text[], $3::text[]) AS asked(provider, account, shown)
JOIN original_identifiers o USING (account, provider, shown)`
