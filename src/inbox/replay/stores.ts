import type { AuditEntry } from '../../domain/audit.ts'
import type { AccountScope } from '../../domain/records.ts'
import type { ContentFault } from '../messages.ts'
import type {
  FormerEvent,
  ClaimedMessage,
  FailureTests,
  ReconciliationKey,
  StatingUnit,
  UnitOptions,
} from '../reconcile/stores.ts'

/** The ports of a replay: messages that have an outcome are translated again. */

/** Which messages; what is left out filters nothing. */
export interface ReplayFilter {
  provider?: string | undefined
  account?: string | undefined
  id?: string | undefined
  state?: 'processed' | 'duplicate' | 'parked' | undefined
  /** Parked for this reason, a code of docs/failure-modes.md. */
  reason?: string | undefined
  /** Received at or after, and before; RFC 3339. */
  from?: string | undefined
  to?: string | undefined
  /** Only what an older build translated, or none. */
  older?: true | undefined
}

/** The filter as it is planned: what came of a message after `until` is not chosen any more. */
export interface Choice {
  filter: ReplayFilter
  /** RFC 3339. */
  until: string
  /** Of the translations that the replay is made with, by the name of the provider. */
  versions: Readonly<Record<string, number>>
}

/** The set of messages that a choice chooses, as it is now. */
export interface Survey {
  messages: number
  /** Another one when another message is chosen, or something else came of one. */
  digest: string
}

/** Why a message counts as before. */
export type StayingReason =
  | ContentFault['code']
  /** No account of its name is configured. */
  | 'account_not_configured'
  /** It could not be read before, and cannot be now. */
  | 'unreadable_message'
  /** Its translation of today cannot read what a former one had read. */
  | 'unreadable_now'
  /** A message that states the same event cannot be translated again. */
  | 'stated_together'
  /** A rule or the database failed on it; the log says how. */
  | 'failed'

export type Staying = Partial<Record<StayingReason, number>>

/** A plan that an operator applied. */
export interface Replay {
  id: string
  choice: Choice
  actor: string
  /** How many messages the plan chose. */
  messages: number
  /** How many of them were translated again, and how many count as before. */
  replayed: number
  staying: Staying
  begunAt: string
  endedAt: string | null
}

/** A plan that is about to be applied. */
export interface NewReplay extends Pick<Replay, 'id' | 'choice' | 'actor' | 'messages' | 'begunAt'> {
  /** What tells it from other plans, 32 bytes. */
  plan: Buffer
}

/** The next messages of a replay. */
export interface ReplayPage {
  /** In the order of receipt. */
  inboxIds: string[]
  /** How far the page reaches; null: there are no messages behind it. */
  end: string | null
}

/** A message that states what one of the page states, or is one of the page. */
export interface StoredStatement {
  message: ClaimedMessage
  /** Waits to be processed: it is translated by the build of today anyway. */
  isPending: boolean
  /** The choice chooses it too. */
  isChosen: boolean
  events: FormerEvent[]
  /** The keys of all events that it states, its own and those that it repeats. */
  stated: string[]
}

/** What is shown of a payment or an order that a replay changes. */
export interface ShownState extends AccountScope {
  kind: 'transaction' | 'order'
  id: string
  state: Readonly<Record<string, unknown>>
}

export interface ReplayUnit extends StatingUnit {
  /**
   * Messages with all that state one of their events, in the order of receipt. Under the locks of what they name it is certain;
   * before, it says what to lock.
   */
  statements(inboxIds: readonly string[], choice: Choice): Promise<StoredStatement[]>
  /** The payments and orders of these keys as they are saved, also by this unit. */
  states(keys: readonly ReconciliationKey[]): Promise<ShownState[]>
  /** Hold the replay for this unit at that place; false: another worker has it, or has gone on. */
  hold(replay: Pick<Replay, 'id'>, after: string): Promise<boolean>
  /** It has come so far. */
  advance(replay: Pick<Replay, 'id'>, progress: Progress): void
}

export interface Progress {
  /** Id of the last message that was looked at. */
  to: string
  replayed: number
  staying: Staying
  /** When the last message was done; null: there are more. */
  endedAt: Date | null
}

export interface ReplayStore extends FailureTests {
  survey(choice: Choice): Promise<Survey>
  /** The next chosen messages after that id, `limit` at most. */
  choose(choice: Choice, after: string, limit: number): Promise<ReplayPage>
  /**
   * Write down the replay and who wanted it. One that runs for the same plan already is answered as it stands; null: it has ended
   * just now.
   */
  begin(replay: NewReplay, entry: AuditEntry): Promise<Replay | null>
  find(id: string): Promise<Replay | null>
  /** What runs, the oldest first, each with its place. */
  running(): Promise<{ replay: Replay; after: string }[]>
  inTransaction<T>(work: (unit: ReplayUnit) => Promise<T>, options?: UnitOptions): Promise<T>
  /** The same in a transaction that is rolled back; `send` writes what would be written with its commit. */
  rehearse<T>(work: (unit: ReplayUnit, send: () => Promise<void>) => Promise<T>): Promise<T>
}
