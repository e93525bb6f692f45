import type { Identifiers } from './card-data/identifiers.ts'
import type { Clock } from './lib/clock.ts'
import type { EmailDigest } from './lib/email-digest.ts'
import type { WakeUps } from './lib/wake-up.ts'
import type { AccountDirectory } from './providers/account-directory.ts'
import type { Logger } from './telemetry/logger.ts'
import type { Counters } from './telemetry/counters.ts'
import type { Tracer } from './telemetry/tracer.ts'

/**
 * What every part of the service is handed: compose.ts fills one record and passes it down. `Ports` names the stores that a
 * part may ask; a part that says `Services` alone asks none.
 */
export interface Services<Ports extends object = object> {
  stores: Ports
  accounts: AccountDirectory
  identifiers: Identifiers
  emailDigest: EmailDigest
  metrics: Counters
  logger: Logger
  tracer: Tracer
  clock: Clock
  newId: () => string
  wakeUps: WakeUps
}
