import { fallbackKey } from '../../domain/identity/references.ts'
import { inSlices } from '../../lib/in-slices.ts'
import type { Translation } from '../../providers/provider.ts'
import type { Services } from '../../services.ts'
import type { ContentFault } from '../messages.ts'
import { toNewEvent } from './event-key.ts'
import { withoutPersonalData } from './personal-data.ts'
import { asRuleError } from './reconcile-keys.ts'
import type { ClaimedMessage, NewEvent, ReconciliationKey } from './stores.ts'

/** What messages say, as events to be appended. */

/** A body that cannot be decrypted or was deleted counts as unreadable, for its own reason. */
type Read = Translation | (ContentFault & { readable: false })

export interface Translated {
  message: ClaimedMessage
  /** Of the provider's translation; null: there was nothing to read. */
  version: number | null
  translation: Read
  events: NewEvent[]
}

export const translateAll = async (
  services: Services,
  messages: readonly ClaimedMessage[],
): Promise<Translated[]> => inSlices(messages, (message) => asRuleError(() => translate(services, message)))

/** Of two messages of one batch that state the same fact, the earlier one is new and the other one is the duplicate. */
export function firstOfEachKey(events: readonly NewEvent[]): NewEvent[] {
  const byKey = new Map<string, NewEvent>()
  for (const event of events) {
    if (!byKey.has(event.eventKey)) byKey.set(event.eventKey, event)
  }
  return [...byKey.values()]
}

/** The transaction it names, what it is filed under, and its order. */
export const keysOf = ({ event }: Pick<NewEvent, 'event'>): ReconciliationKey[] => {
  const { provider, account, reference, orderId } = event
  return [
    { kind: 'reference', id: reference } as const,
    { kind: 'reference', id: fallbackKey(event) } as const,
    { kind: 'order', id: orderId } as const,
  ].flatMap(({ kind, id }) => (id === null ? [] : [{ provider, account, kind, id }]))
}

function translate(services: Services, message: ClaimedMessage): Translated {
  const { version, translation } = translateMessage(services, message)
  const events = translation.readable ? translation.events : []
  return {
    message,
    version,
    translation,
    events: events.map((fact) => {
      return toNewEvent({ ...fact, id: services.newId(), inboxId: message.inboxId })
    }),
  }
}

function translateMessage(
  services: Services,
  message: ClaimedMessage,
): Pick<Translated, 'version' | 'translation'> {
  // A SIGHUP may take an account away between the claim and here: this throws, and the next try finds it absent.
  const { account, provider } = services.accounts.resolve(message.provider, message.account)
  const { content, receivedAt, envelope } = message
  if ('code' in content) return { version: null, translation: { ...content, readable: false } }
  const version = provider.translationVersion
  const translation =
    message.witness === 'response'
      ? provider.translateResponse({ envelope: envelope ?? {}, content, receivedAt }, account)
      : attributable(provider.translate({ content, receivedAt }, account))
  if (!translation.readable) return { version, translation }
  const kept = translation.events.map((event) => withoutPersonalData(event, account, services.emailDigest))
  return { version, translation: { ...translation, events: kept } }
}

/** A notification that names no transaction, order or operation belongs to none: it is parked, where an operator sees it. */
function attributable(translation: Translation): Translation {
  if (!translation.readable) return translation
  const lost = translation.events.some(
    (event) => event.reference === null && event.orderId === null && fallbackKey(event) === null,
  )
  if (!lost) return translation
  return { readable: false, detail: 'the message names no transaction, no order and no operation' }
}
