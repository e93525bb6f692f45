import type { AbsentAccount, ProcessingEvent } from '../inbox/reconcile/processing-event.ts'
import type { DroppedEvidence } from '../inbox/receive/quarantine.ts'
import type { ReceiptEvent } from '../inbox/receive/receive.ts'
import type { Swept } from '../inbox/reconcile/sweep.ts'
import type { ChoreDone } from '../inbox/maintain/upkeep.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

/** One log line and one count per outcome: what receipt and processing report, in the words of logs and metrics. */
export interface Sinks {
  metrics: Metrics
  logger: Logger
}

/** `isSpared`: one of more rejections than an operator reads; a flood would fill the log. */
export function tellReceipt(event: ReceiptEvent, { metrics, logger }: Sinks, isSpared: () => boolean): void {
  const { provider, account, outcome, reason } = event
  if (event.witness === 'notification') metrics.notification({ provider, account, outcome })
  if (outcome === 'rejected' && reason !== null) metrics.quarantined(reason)
  logger[levelOf(event, isSpared)](event, `message ${outcome}`)
}

function levelOf({ outcome }: ReceiptEvent, isSpared: () => boolean): 'debug' | 'info' | 'warn' {
  if (outcome === 'rejected') return isSpared() ? 'debug' : 'warn'
  return outcome === 'failed' ? 'warn' : 'info'
}

/** Of evidence that is dropped on purpose nothing is logged either. */
export function tellDropped({ reason, error }: DroppedEvidence, { metrics, logger }: Sinks): void {
  metrics.evidenceDropped(reason)
  if (reason === 'failed') logger.warn({ error }, 'a rejected message could not be kept as evidence')
}

export function tellOutcome({ error, lagMs, ...outcome }: ProcessingEvent, { metrics, logger }: Sinks): void {
  if (outcome.state === 'postponed' || outcome.state === 'held_up') {
    metrics.postponed(outcome.state === 'held_up' ? 'held_up' : 'failed', 1)
    logger.warn({ ...outcome, error }, POSTPONED[outcome.state])
    return
  }
  metrics.processed(outcome.state, lagMs / 1_000)
  for (const code of outcome.unrecognized) metrics.unrecognized({ provider: outcome.provider, code })
  if (outcome.state === 'parked') logger.error({ ...outcome, error }, 'message parked')
  else logger.info({ ...outcome, lagMs }, 'message processed')
}

const POSTPONED = {
  postponed: 'message failed in processing; it is tried again',
  held_up: 'message waits for what another transaction holds; it is tried again',
}

/** One line per account and batch: there may be many messages, and each is put off again and again. */
export function tellAbsent(absent: AbsentAccount, { metrics, logger }: Sinks): void {
  metrics.postponed('account_not_configured', absent.messages)
  logger.warn(absent, 'acknowledged messages wait for their account, which is not configured')
}

/** One line per sweep that had something to judge, and one per subject that could not be judged. */
export function tellSwept({ judged, failed }: Swept, { metrics, logger }: Sinks): void {
  metrics.swept(judged, failed.length)
  for (const { subject, error } of failed) {
    logger.error({ ...subject, error }, 'a deadline could not be judged; it is tried again')
  }
  logger.info({ judged, failed: failed.length }, 'deadlines swept')
}

export function tellChore({ chore, rows, error }: ChoreDone, { metrics, logger }: Sinks): void {
  metrics.upkept(chore, error === undefined ? rows : null)
  if (error === undefined) logger.info({ chore, rows }, 'upkeep done')
  else logger.error({ chore, error }, 'upkeep failed; it gets its next turn')
}
