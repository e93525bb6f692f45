import { createReceiver, type Receiver } from '../inbox/receive/receive.ts'
import { createAllowance } from '../lib/allowance.ts'
import { maySeal } from '../card-data/rules.ts'
import { coalesce } from '../lib/coalesce.ts'
import { newId } from '../lib/new-id.ts'
import { tellDropped, tellReceipt } from '../telemetry/outcomes.ts'
import type { Parts } from './parts.ts'

/** A receiver without a worker tells those of other processes; should that fail, their next look finds what was stored. */
export function telling({ stores, options: { logger } }: Parts): () => void {
  return coalesce(async () => {
    await stores.inbox.tellStored().catch((error: unknown) => {
      logger.warn({ error }, 'the workers could not be told; they look by themselves every second')
    })
  })
}

/** Lines about rejections: enough to see who fails and why. */
const REJECTIONS = { burst: 100, perSecond: 10 }

export function createReceipt(
  { stores, identifiers, metrics, options: { settings, logger, clock } }: Parts,
  onStored: () => void,
): Receiver {
  const lines = createAllowance({ clock, ...REJECTIONS })
  return createReceiver({
    store: stores.inbox,
    quarantine: stores.quarantine,
    clock,
    newId,
    identifiers,
    maySeal,
    onStored,
    onEvent: (event) => {
      tellReceipt(event, { metrics, logger }, () => !lines.take())
    },
    onEvidenceDropped: (dropped) => {
      tellDropped(dropped, { metrics, logger })
    },
    acknowledgeTimeoutMs: settings.ACKNOWLEDGE_TIMEOUT_MS,
  })
}
