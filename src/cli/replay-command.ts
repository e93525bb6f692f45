import { createAccountDirectory } from '../config/account-directory.ts'
import { withStores } from '../compose/database.ts'
import { ConfigurationError, type Environment } from '../config/settings.ts'
import {
  replayQuarantine,
  type ReplayReport,
  type StayingReason,
} from '../inbox/maintain/replay-quarantine.ts'
import { systemClock } from '../lib/clock.ts'
import { createIdentifiers } from '../card-data/identifiers.ts'
import { newId } from '../lib/new-id.ts'
import { providers } from '../providers/registry.ts'
import { commandActor } from './actor.ts'
import { loadCommandSettings, readAccountsFile } from './accounts-file.ts'
import type { Outcome, Streams } from './command-line.ts'
import { filterOf, replayMessages, type ReplayedMessages } from './replay-messages.ts'

/** `replay`: what is to be looked at again. */
export interface ReplayOptions extends ReplayedMessages {
  quarantine?: boolean
}

export async function replayCommand(
  { quarantine, ...messages }: ReplayOptions,
  environment: Environment,
  streams: Pick<Streams, 'err'>,
): Promise<Outcome> {
  const filter = filterOf(messages)
  const isFiltered = Object.keys(filter).length > 0
  if ((quarantine === true) === isFiltered)
    throw new ConfigurationError([
      'say what to replay: --quarantine, or which messages (--id, --state, --reason, --provider, --account, --from, --to, --older)',
    ])
  return quarantine === true
    ? verifyQuarantined(messages.accounts, environment)
    : replayMessages(filter, { ...messages, environment, streams })
}

/** A message that stays is no failure: most of the quarantine belongs there. Nothing of a message is printed. */
async function verifyQuarantined(file: string | undefined, environment: Environment): Promise<Outcome> {
  const { accounts } = readAccountsFile(file, environment)
  const report = await withStores(loadCommandSettings(environment), async (stores) => {
    const replayed = await replayQuarantine({
      stores,
      accounts: createAccountDirectory(accounts, providers),
      clock: systemClock,
      newId,
      actor: commandActor(),
      identifiers: createIdentifiers(await stores.identifiers.key()),
    })
    // Without this they look within a second.
    if (replayed.stored > 0) await stores.inbox.notifyWorkers()
    return replayed
  })
  return { ok: true, text: describe(report).join('\n'), json: report }
}

const EXPLAINED: Readonly<Partial<Record<StayingReason, string>>> = {
  account_not_configured: 'no such account in the accounts file',
  card_data_overwritten: 'card data was overwritten, so no signature can verify; have it sent again',
  data_key_missing: 'sealed by a key that is not in DATA_KEYS',
  content_altered: 'the sealed body is not the one that was stored',
}

function describe({ stored, duplicates, staying }: ReplayReport): string[] {
  return [
    `${stored + duplicates} verify now: ${stored} stored, ${duplicates} known already.`,
    ...staying.map(({ provider, account, reason, count }) => {
      return `${count} of ${provider}/${account} stay: ${EXPLAINED[reason] ?? reason}.`
    }),
  ]
}
