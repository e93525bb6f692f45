import type { Clock } from '../../lib/clock.ts'
import type { EmailDigest } from '../../lib/email-digest.ts'
import type { AccountDirectory, Provider } from '../../providers/provider.ts'
import type { AccountScope } from '../../domain/records.ts'
import type { MessageOutcome, ProcessingStore } from './stores.ts'

/** What processing takes, and what it tells. */

export interface ProcessorDeps {
  store: ProcessingStore
  accounts: AccountDirectory
  providerOf: (name: string) => Provider | undefined
  clock: Clock
  newId: () => string
  emailDigest: EmailDigest
  isDataError: (error: unknown) => boolean
  onOutcome: (outcome: ProcessingEvent) => void
  /** Told after the commit: so many messages of a batch wait for an account that is not configured. */
  onAbsent: (absent: AbsentAccount) => void
}

/**
 * What processing tells logs and metrics, after the commit. `postponed`: a try failed, and another will be made; `held_up`: another
 * transaction held what it needs.
 */
export interface ProcessingEvent extends Omit<MessageOutcome, 'state'> {
  state: MessageOutcome['state'] | 'postponed' | 'held_up'
  provider: string
  account: string
  /** Receipt to commit (or to the failure), milliseconds. */
  lagMs: number
  /** Provider codes of unrecognized events. */
  unrecognized: string[]
  error?: unknown
}

/** Messages of one batch that wait for their account. */
export interface AbsentAccount extends AccountScope {
  messages: number
}
