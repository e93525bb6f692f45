import { ACCOUNTS_JSON, SECRETS } from '../bench/messages/accounts.ts'

interface AccountEntry {
  account: string
  secrets: { env: keyof typeof SECRETS }[]
}

/** The accounts of the bench with their secrets as values: outside production that is allowed. */
export const BENCH_ACCOUNTS = (JSON.parse(ACCOUNTS_JSON) as AccountEntry[]).map((entry) => ({
  ...entry,
  secrets: entry.secrets.map(({ env, ...secret }) => ({ ...secret, value: SECRETS[env] })),
}))
