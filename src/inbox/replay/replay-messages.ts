import { DisjointSets } from '../../domain/identity/ties.ts'
import type { Services } from '../../services.ts'
import { finishTranslated, type Finished } from '../reconcile/finish-translated.ts'
import type { Choice, ReplayUnit, Staying, StayingReason, StoredStatement } from './stores.ts'
import type { EvidenceRead, ReconciliationKey } from '../reconcile/stores.ts'
import { keysOf, translateAll, type Translated } from '../reconcile/translated.ts'

/**
 * Translating messages again, in one transaction. Messages that state one event are translated together or not at all: were one of
 * them left out, what it states would go with the event of the other.
 */
export interface ReplayedMessages {
  finished: readonly Finished[]
  /** How many of the chosen messages were translated again, and how many count as before. */
  replayed: number
  staying: Staying
  /** What each message that was translated again names, by either translation. */
  keysOfMessage: ReadonlyMap<string, readonly ReconciliationKey[]>
  /** What was read under the locks; null: these messages name nothing. */
  evidence: EvidenceRead | null
}

/** Other messages came to state the same while the locks were waited for: the next try sees them. */
export class StatementsChanged extends Error {
  constructor() {
    super('what these messages state changed before it was locked; the next try reads it again')
    this.name = 'StatementsChanged'
  }
}

export async function replayMessages(
  services: Services,
  unit: ReplayUnit,
  { inboxIds, choice }: { inboxIds: readonly string[]; choice: Choice },
  now: Date,
): Promise<ReplayedMessages> {
  const found = await unit.statements(inboxIds, choice)
  const { entries, staying } = await translateGroups(services, groupsOf(found))
  const again = new Set(entries.map(({ message }) => message.inboxId))
  const statements = found.filter(({ message }) => again.has(message.inboxId))
  const former = statements.flatMap(({ events }) => events)
  const all = [...former, ...entries.flatMap(({ events }) => events)]
  const keysOfMessage = new Map(
    [...Map.groupBy(all, ({ event }) => event.inboxId)].map(([id, own]) => [id, own.flatMap(keysOf)]),
  )
  const keys = [...keysOfMessage.values()].flat()
  const evidence = keys.length === 0 ? null : await unit.read(keys)
  if (evidence !== null && signatureOf(await unit.statements([...again], choice)) !== signatureOf(statements))
    throw new StatementsChanged()
  const { finished } = await finishTranslated(services, unit, { translated: entries, evidence, former }, now)
  const chosen = new Set(statements.filter(({ isChosen }) => isChosen).map(({ message }) => message.inboxId))
  const unread = entries.filter(
    ({ message, translation }) => !translation.readable && chosen.has(message.inboxId),
  )
  if (unread.length > 0) staying.unreadable_message = unread.length
  return { finished, replayed: chosen.size - unread.length, staying, keysOfMessage, evidence }
}

/** All that decides what a replay of these messages does. */
const signatureOf = (statements: readonly StoredStatement[]): string =>
  JSON.stringify(
    statements.map(({ message, isPending, isChosen, events, stated }) => [
      ...[message.inboxId, isPending, isChosen],
      // A body that was erased or purged meanwhile must not be translated from memory.
      'code' in message.content ? message.content.code : null,
      ...[events.map(({ event }) => event.id), stated],
    ]),
  )

/** Those that state one event, and so on; groups of which no message is chosen are left out. */
function groupsOf(found: readonly StoredStatement[]): StoredStatement[][] {
  const sets = new DisjointSets()
  const nameOf = ({ message }: StoredStatement): string => `message:${message.inboxId}`
  for (const one of found) sets.join([nameOf(one), ...one.stated.map((key) => `event:${key}`)])
  const groups = Map.groupBy(found, (one) => sets.find([nameOf(one)]))
  return [...groups.values()].filter((group) => group.some(({ isChosen }) => isChosen))
}

interface Attempts {
  /** In the order of receipt: of two that state one event, the earlier one is its message. */
  entries: Translated[]
  staying: Staying
}

async function translateGroups(
  services: Services,
  groups: readonly (readonly StoredStatement[])[],
): Promise<Attempts> {
  const entries: Translated[] = []
  const staying: Staying = {}
  for (const group of groups) {
    const configured = group.filter(({ message }) => isConfigured(services, message))
    const translated = await translateAll(
      services,
      configured.map(({ message }) => message),
    )
    const byId = new Map(translated.map((entry) => [entry.message.inboxId, entry]))
    const reasons = group.map((one) => obstacleOf(one, byId.get(one.message.inboxId)))
    if (reasons.every((reason) => reason === null)) entries.push(...translated)
    else count(staying, group, reasons)
  }
  entries.sort((left, right) => (left.message.inboxId < right.message.inboxId ? -1 : 1))
  return { entries, staying }
}

const isConfigured = ({ accounts }: Services, { provider, account }: StoredStatement['message']): boolean =>
  accounts.find(provider, account) !== undefined

/** Why the message cannot be translated again without losing what it states; null: it can. */
function obstacleOf({ stated }: StoredStatement, entry: Translated | undefined): StayingReason | null {
  if (entry === undefined) return 'account_not_configured'
  const { translation } = entry
  if (translation.readable) return null
  if ('code' in translation) return translation.code
  return stated.length === 0 ? null : 'unreadable_now'
}

function count(
  staying: Staying,
  group: readonly StoredStatement[],
  reasons: readonly (StayingReason | null)[],
): void {
  for (const [index, { isChosen }] of group.entries()) {
    const reason = reasons[index] ?? 'stated_together'
    if (isChosen) staying[reason] = (staying[reason] ?? 0) + 1
  }
}
