import { withStores } from '../compose/database.ts'
import { ConfigurationError, type Environment } from '../config/settings.ts'
import { providerOf } from '../providers/registry.ts'
import { deedOf } from './actor.ts'
import { loadCommandSettings, readAccountsFile } from './accounts-file.ts'
import type { Outcome } from './command-line.ts'

/** `give-up`: parks the messages of an account that was removed. */
export interface GiveUpOptions {
  provider: string
  account: string
  accounts?: string
}

/** An account that is configured is refused: its messages will be processed. */
export async function giveUpCommand(
  { provider, account, accounts: file }: GiveUpOptions,
  environment: Environment,
): Promise<Outcome> {
  const names = providerOf(provider)?.names
  if (names === undefined) throw new ConfigurationError([`--provider: there is no provider ${provider}`])
  const { path, accounts } = readAccountsFile(file, environment)
  if (accounts.some((one) => one.account === account && names.includes(one.provider)))
    throw new ConfigurationError([`--account: ${account} is in ${path}; take it out and send SIGHUP first`])
  const messages = await withStores(loadCommandSettings(environment), async ({ queue }) =>
    queue.giveUp({ providers: names, account }, deedOf('give_up', { provider, account })),
  )
  return {
    ok: true,
    text: `${messages} messages of ${provider}/${account} are given up.`,
    json: { messages },
  }
}
