/** The accounts $1/$2, of test mode $3, are those that are configured; a new one since $4. Answers how many rows changed. */
export const RECORD_ACCOUNTS = `
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[]) AS g(provider, account, test)
), gone AS (
  DELETE FROM configured_accounts c
  WHERE NOT EXISTS (SELECT FROM given g WHERE g.account = c.account AND g.provider = c.provider)
  RETURNING 1
), come AS (
  INSERT INTO configured_accounts AS c (provider, account, test, since)
  SELECT provider, account, test, $4::timestamptz FROM given
  ON CONFLICT (account, provider) DO UPDATE SET test = excluded.test WHERE c.test IS DISTINCT FROM excluded.test
  RETURNING 1
)
SELECT ((SELECT count(*) FROM gone) + (SELECT count(*) FROM come))::int AS rows`
