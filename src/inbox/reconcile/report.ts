import type { AccountScope } from '../../domain/records.ts'
import type { Services } from '../../services.ts'
import type { MessageOutcome, ReconciliationKey } from './stores.ts'

/** What processing and the sweep count and log, after their commits. */

type Telemetry = Pick<Services, 'metrics' | 'logger'>

/** `postponed`: a try failed, and another will be made; `held_up`: another transaction held what it needs. */
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

export function reportOutcome(
  { metrics, logger }: Telemetry,
  { error, lagMs, ...outcome }: ProcessingEvent,
): void {
  const { state, provider } = outcome
  if (state === 'postponed' || state === 'held_up') {
    metrics.postponed.inc({ reason: state === 'held_up' ? 'held_up' : 'failed' })
    logger.warn({ ...outcome, error }, POSTPONED[state])
    return
  }
  metrics.processed.inc({ state })
  metrics.lag.observe({}, lagMs / 1_000)
  for (const code of outcome.unrecognized) metrics.unrecognized.inc({ provider, code })
  if (state === 'parked') logger.error({ ...outcome, error }, 'message parked')
  else logger.info({ ...outcome, lagMs }, 'message processed')
}

const POSTPONED = {
  postponed: 'message failed in processing; it is tried again',
  held_up: 'message waits for what another transaction holds; it is tried again',
}

/** Messages of one batch that wait for their account. */
export interface AbsentAccount extends AccountScope {
  messages: number
}

/** One line per account and batch: there may be many messages, and each is put off again and again. */
export function reportAbsent({ metrics, logger }: Telemetry, absent: AbsentAccount): void {
  metrics.postponed.inc({ reason: 'account_not_configured' }, absent.messages)
  logger.warn(absent, 'acknowledged messages wait for their account, which is not configured')
}

export interface Swept {
  /** Transactions, orders and calls whose time had come and which were judged again. */
  judged: number
  /** Those that could not be: they get another turn, and no other one waits for them. */
  failed: { subject: ReconciliationKey; error: unknown }[]
}

/** One line per sweep that had something to judge, and one per key that could not be judged. */
export function reportSwept({ metrics, logger }: Telemetry, { judged, failed }: Swept): void {
  metrics.deadlines.inc({ outcome: 'judged' }, judged)
  metrics.deadlines.inc({ outcome: 'failed' }, failed.length)
  for (const { subject, error } of failed) {
    logger.error({ ...subject, error }, 'a deadline could not be judged; it is tried again')
  }
  logger.info({ judged, failed: failed.length }, 'deadlines swept')
}
