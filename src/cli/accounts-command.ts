import type { Account } from '../providers/account.ts'
import { miswrittenSecrets } from '../config/accounts.ts'
import { ConfigurationError, type Environment } from '../config/settings.ts'
import { readAccountsFile } from './accounts-file.ts'
import type { Outcome } from './command-line.ts'

/**
 * `accounts check`: everything that would stop the service, and secrets that were copied wrongly, before it is deployed. No secret is
 * shown.
 */
export async function checkAccounts(
  options: { accounts?: string },
  environment: Environment,
): Promise<Outcome> {
  const { path, accounts } = readAccountsFile(options.accounts, environment)
  const miswritten = miswrittenSecrets(accounts)
  if (miswritten.length > 0) throw new ConfigurationError(miswritten)
  return {
    ok: true,
    text: [`${path} is valid:`, ...accounts.map(lineOf)].join('\n'),
    json: { path, accounts: accounts.map(summaryOf) },
  }
}

function summaryOf({ provider, account, policy, secrets }: Account) {
  return {
    provider,
    account,
    responses: policy.responses,
    test: policy.test,
    secrets: secrets.map(({ id }) => id),
  }
}

function lineOf(account: Account): string {
  const { provider, account: slug, responses, test, secrets } = summaryOf(account)
  const mode = test === null ? 'mode not compared' : test ? 'test' : 'live'
  return `  ${provider}/${slug}: ${mode}, responses ${responses}, secrets ${secrets.join(', ')}`
}
