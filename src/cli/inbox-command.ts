import { createAccountDirectory } from '../config/account-directory.ts'
import { withStores } from '../compose/database.ts'
import type { Environment } from '../config/settings.ts'
import { createIdentifiers } from '../card-data/identifiers.ts'
import { systemClock } from '../lib/clock.ts'
import { newId } from '../lib/new-id.ts'
import { providers } from '../providers/registry.ts'
import { createInbox } from '../queries/inbox.ts'
import { shownMessage, type ShownMessage } from '../queries/shown-message.ts'
import { loadCommandSettings } from './accounts-file.ts'
import { commandActor } from './actor.ts'
import type { Outcome } from './command-line.ts'

/** `inbox show <id>`: one message with its redacted body. The look is in the audit log. */
export async function showMessage(id: string, environment: Environment): Promise<Outcome> {
  const shown = await withStores(loadCommandSettings(environment), async (stores) => {
    const inbox = createInbox({
      stores,
      accounts: createAccountDirectory([], providers),
      identifiers: createIdentifiers(await stores.identifiers.key()),
      clock: systemClock,
      newId,
    })
    return shownMessage(await inbox.message(id), await inbox.body(id, commandActor()))
  })
  return { ok: true, text: describe(shown).join('\n'), json: shown }
}

const PROVEN: Readonly<Record<ShownMessage['verification'], string>> = {
  signature: 'signed by the secret',
  api_key: 'forwarded by the merchant',
  failed: 'not verified, sent by',
}

function describe(shown: ShownMessage): string[] {
  const { id, state, outcome, provider, account, witness, verification, secretId, source } = shown
  const { receivedAt, deliveries, lastDeliveredAt, transactions, orders, scrubbed, body, bodyMissing } = shown
  return [
    `${id}  ${state}`,
    outcome,
    `  ${witness} of ${provider}/${account}, ${PROVEN[verification]} ${secretId ?? source ?? ''}`.trimEnd(),
    `  received ${receivedAt}${deliveries === 1 ? '' : `, ${deliveries} times, last ${lastDeliveredAt}`}`,
    ...listed('payments', transactions),
    ...listed('orders', orders),
    ...listed('overwritten before it was stored', scrubbed),
    '',
    body ?? `No body: ${bodyMissing ?? ''}.`,
  ].map(printable)
}

const listed = (what: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`  ${what}: ${names.join(', ')}`]

/** A sender may have written what a terminal obeys, or what turns a text around. */
const printable = (text: string): string =>
  text.replace(/[^\P{C}\n\t]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
