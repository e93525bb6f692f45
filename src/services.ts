import type { Identifiers } from './card-data/identifiers.ts'
import type { BodyStore, TotalsStore } from './inbox/maintain/stores.ts'
import type { InboxStore, QuarantineStore } from './inbox/receive/stores.ts'
import type { DeadlineStore, ProcessingStore, StatementStore } from './inbox/reconcile/stores.ts'
import type { Clock } from './lib/clock.ts'
import type { EmailDigest } from './lib/email-digest.ts'
import type { WakeUps } from './lib/wake-up.ts'
import type { AccountDirectory } from './providers/provider.ts'
import type { IdentifierStore, QueryStore, ReportStore } from './queries/stores.ts'
import type { Logger } from './telemetry/logger.ts'
import type { Metrics } from './telemetry/metrics.ts'
import type { HealthStore } from './telemetry/stores.ts'

/** The ports of the database, each under the name of what it keeps. */
export interface Stores {
  inbox: InboxStore
  processing: ProcessingStore
  quarantine: QuarantineStore
  bodies: BodyStore
  statements: StatementStore
  deadlines: DeadlineStore
  queries: QueryStore
  reports: ReportStore
  totals: TotalsStore
  identifiers: IdentifierStore
  health: HealthStore
}

/**
 * What every part of the service is handed: compose.ts fills one record and passes it down. `Asked` names the stores that a
 * part may ask; a part that says `Services<never>` asks none.
 */
export interface Services<Asked extends keyof Stores = keyof Stores> {
  stores: Pick<Stores, Asked>
  accounts: AccountDirectory
  identifiers: Identifiers
  emailDigest: EmailDigest
  metrics: Metrics
  logger: Logger
  clock: Clock
  newId: () => string
  wakeUps: WakeUps
}
