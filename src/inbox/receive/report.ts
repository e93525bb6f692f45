import { createTokenBucket } from '../../lib/token-bucket.ts'
import type { Services } from '../../services.ts'
import type { IncomingMessage } from '../messages.ts'

/** One log line and one count for each outcome of receipt. */

type Telemetry = Pick<Services, 'metrics' | 'logger'>

export interface ReceiptEvent extends Pick<IncomingMessage, 'provider' | 'account' | 'witness'> {
  outcome: 'stored' | 'duplicate' | 'rejected' | 'failed'
  reason: string | null
  inboxId: string | null
  requestId: string
  /** Of a sampled request. */
  traceId?: string | undefined
}

/** Lines about rejections: enough to see which senders fail and why. */
const REJECTIONS = { burst: 100, perSecond: 10 }

/** Of more rejections than an operator reads, the lines are written at debug: a flood would fill the log. */
export function createReceiptReport({
  metrics,
  logger,
  clock,
}: Telemetry & Pick<Services, 'clock'>): (event: ReceiptEvent) => void {
  const lines = createTokenBucket({ ...REJECTIONS, now: () => clock.now().getTime() })
  const levelOf = ({ outcome }: ReceiptEvent): 'debug' | 'info' | 'warn' => {
    if (outcome === 'rejected') return lines.take() ? 'warn' : 'debug'
    return outcome === 'failed' ? 'warn' : 'info'
  }
  return (event) => {
    const { provider, account, outcome, reason } = event
    if (event.witness === 'notification') metrics.notifications.inc({ provider, account, outcome })
    if (outcome === 'rejected' && reason !== null) metrics.quarantined.inc({ provider, account, reason })
    logger[levelOf(event)](event, `message ${outcome}`)
  }
}

/** `full`: its account or source has its share; `budget`: too much a second, or too large; `busy`: verified messages wait. */
export interface DroppedEvidence {
  reason: 'full' | 'budget' | 'busy' | 'failed'
  /** Of `failed`. */
  error?: unknown
}

/** Evidence that is dropped on purpose is counted and not logged. */
export function reportDropped({ metrics, logger }: Telemetry, { reason, error }: DroppedEvidence): void {
  metrics.evidenceDropped.inc({ reason })
  if (reason === 'failed') logger.warn({ error }, 'a rejected message could not be kept as evidence')
}
