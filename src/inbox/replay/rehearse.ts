import { isDeepStrictEqual } from 'node:util'
import { connectedSets } from '../../domain/connected-sets.ts'
import { DisjointSets } from '../../domain/identity/ties.ts'
import type { AccountScope } from '../../domain/records.ts'
import type { Services } from '../../services.ts'
import { isMessageFault } from '../reconcile/reconcile-keys.ts'
import { replayMessages, type ReplayedMessages } from './replay-messages.ts'
import type { Choice, ReplayStore, ReplayUnit, ShownState, Staying } from './stores.ts'
import type { EvidenceRead, ReconciliationKey } from '../reconcile/stores.ts'

/**
 * A dry run: the replay itself, rolled back. It is made in packs, so that few locks are held at once; what concerns one payment or
 * order is in one pack, since what a pack did is gone when the next one looks.
 */
export interface Rehearsal {
  staying: Staying
  changes: Change[]
}

/** What a replay makes of a payment or an order; null: there is no such one. */
export interface Change extends Omit<ShownState, 'state'> {
  before: ShownState['state'] | null
  after: ShownState['state'] | null
}

/** As large as a batch of processing allows with the locks of all that its messages name. */
const PACK = 64

type RehearsalServices = Services<{ replays: ReplayStore }>

interface Pack extends Rehearsal {
  /** Names that turned out to belong together. */
  ties: string[][]
}

/** `onProgress` hears how many messages have been tried; what turns out to belong together is tried again. */
export async function rehearse(
  services: RehearsalServices,
  { inboxIds, choice }: { inboxIds: readonly string[]; choice: Choice },
  onProgress: (tried: number) => void = () => undefined,
): Promise<Rehearsal> {
  const sets = new DisjointSets()
  for (;;) {
    const packs: Pack[] = []
    const planned = packsOf(inboxIds, sets)
    let tried = 0
    for (const ids of planned) {
      packs.push(await rehearsePack(services, ids, choice))
      onProgress((tried += ids.length))
    }
    for (const names of packs.flatMap(({ ties }) => ties)) sets.join(names)
    if (planned.length === 1 || areWhole(planned, sets)) return together(packs)
  }
}

const messageName = (inboxId: string): string => `message:${inboxId}`

const setOf = (sets: DisjointSets, inboxId: string): string => sets.find([messageName(inboxId)])

function packsOf(inboxIds: readonly string[], sets: DisjointSets): string[][] {
  const packs: string[][] = [[]]
  for (const group of Map.groupBy(inboxIds, (id) => setOf(sets, id)).values()) {
    const last = packs.at(-1) ?? []
    if (last.length > 0 && last.length + group.length > PACK) packs.push([...group])
    else last.push(...group)
  }
  return packs
}

/** No two packs hold messages that belong together. */
function areWhole(packs: readonly (readonly string[])[], sets: DisjointSets): boolean {
  const own = packs.map((ids) => new Set(ids.map((id) => setOf(sets, id))))
  return own.reduce((sum, { size }) => sum + size, 0) === new Set(own.flatMap((names) => [...names])).size
}

const together = (packs: readonly Pack[]): Rehearsal => ({
  staying: packs.map(({ staying }) => staying).reduce(sumOf, {}),
  changes: packs.flatMap(({ changes }) => changes),
})

const sumOf = (sum: Staying, more: Staying): Staying =>
  Object.fromEntries(
    [...new Set([...Object.keys(sum), ...Object.keys(more)] as (keyof Staying)[])].map((reason) => [
      reason,
      (sum[reason] ?? 0) + (more[reason] ?? 0),
    ]),
  )

/** A pack that fails through one of its messages is tried message by message. */
async function rehearsePack(
  services: RehearsalServices,
  inboxIds: readonly string[],
  choice: Choice,
): Promise<Pack> {
  const { replays } = services.stores
  try {
    return await replays.rehearse(async (unit, send) =>
      tryOut(services, { unit, send }, { inboxIds, choice }),
    )
  } catch (error) {
    if (replays.isLockTimeout(error) || !isMessageFault(replays, error)) throw error
    const [only] = inboxIds
    if (inboxIds.length === 1 && only !== undefined)
      return { staying: { failed: 1 }, changes: [], ties: [[messageName(only)]] }
    const alone: Pack[] = []
    for (const id of inboxIds) alone.push(await rehearsePack(services, [id], choice))
    return { ...together(alone), ties: alone.flatMap(({ ties }) => ties) }
  }
}

async function tryOut(
  services: RehearsalServices,
  { unit, send }: { unit: ReplayUnit; send: () => Promise<void> },
  what: { inboxIds: readonly string[]; choice: Choice },
): Promise<Pack> {
  const replayed = await replayMessages(services, unit, what, services.clock.now())
  const { staying, evidence } = replayed
  if (evidence === null) return { staying, changes: [], ties: what.inboxIds.map((id) => [messageName(id)]) }
  const keys = keysOf(evidence)
  const before = await unit.states(keys)
  await send()
  const changes = differences(before, await unit.states(keys))
  return { staying, changes, ties: tiesOf(replayed, evidence) }
}

const keysOf = ({ references, orders }: EvidenceRead): ReconciliationKey[] => [
  ...references.map((key) => ({ ...key, kind: 'reference' as const })),
  ...orders.map((key) => ({ ...key, kind: 'order' as const })),
]

function tiesOf({ finished, keysOfMessage }: ReplayedMessages, evidence: EvidenceRead): string[][] {
  const scopes = connectedSets(evidence).map((scope) => [
    ...scope.references.map((id) => nameOf({ ...scope, kind: 'reference', id })),
    ...scope.orderIds.map((id) => nameOf({ ...scope, kind: 'order', id })),
  ])
  const messages = finished.map(({ outcome: { inboxId } }) => [
    messageName(inboxId),
    ...(keysOfMessage.get(inboxId) ?? []).map(nameOf),
  ])
  return [...scopes, ...messages]
}

const nameOf = ({ provider, account, kind, id }: AccountScope & { kind: string; id: string }): string =>
  `${provider}:${account}:${kind}:${id}`

function differences(before: readonly ShownState[], after: readonly ShownState[]): Change[] {
  const changes = new Map<string, Change>()
  for (const { state, ...subject } of before)
    changes.set(nameOf(subject), { ...subject, before: state, after: null })
  for (const { state, ...subject } of after) {
    const name = nameOf(subject)
    changes.set(name, { ...subject, before: changes.get(name)?.before ?? null, after: state })
  }
  return [...changes.values()].filter((change) => !isDeepStrictEqual(change.before, change.after))
}
