import { PrismaPg } from '@prisma/adapter-pg'
import type { DeadlineStore, ProcessingStore, StatementStore } from '../inbox/reconcile/stores.ts'
import type { InboxStore, QuarantineStore } from '../inbox/receive/stores.ts'
import type { BodyStore, TotalsStore } from '../inbox/maintain/stores.ts'
import type { KeyRing } from '../lib/key-ring.ts'
import type { IdentifierStore, QueryStore, ReportStore } from '../queries/stores.ts'
import type { HealthStore } from '../telemetry/stores.ts'
import { createBodyStore } from './maintain/body-store.ts'
import { createDeadlineStore } from './reconcile/deadline-store.ts'
import { PrismaClient } from './generated/client.ts'
import { createHealthStore } from './queries/health-store.ts'
import { createIdentifierStore } from './queries/identifier-store.ts'
import { createInboxStore } from './receive/inbox-store.ts'
import { createPool } from './pool.ts'
import { createProcessingStore } from './reconcile/processing-store.ts'
import { createQuarantineStore } from './receive/quarantine-store.ts'
import { createQueryStore } from './queries/query-store.ts'
import type { OnReopened } from './reconcile/reconciliation-unit.ts'
import { createReportStore } from './queries/report-store.ts'
import { createStatementStore } from './reconcile/statement-store.ts'
import { createTotalsStore } from './maintain/totals-store.ts'
import { tellingUnavailable } from './unavailable.ts'

export interface StoresOptions {
  databaseUrl: string
  poolSize: number
  /** Seals and opens what is stored. */
  ring: KeyRing
  /** A pooled connection broke while idle; the next query gets another one. */
  onError: (error: Error) => void
  /** Told after the commit. */
  onReopened: OnReopened
}

/** One implementation of every port. */
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
  close(): Promise<void>
}

/** The ports on PostgreSQL: Prisma and the hot statements share one pool. */
export function createStores(options: StoresOptions): Stores {
  const { databaseUrl, poolSize, ring, onError, onReopened } = options
  const pool = createPool({ databaseUrl, max: poolSize, onError })
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  return {
    inbox: createInboxStore(pool, ring),
    processing: createProcessingStore(pool, ring, onReopened),
    quarantine: createQuarantineStore(pool, ring),
    bodies: createBodyStore(pool, ring),
    statements: tellingUnavailable(createStatementStore(pool, onReopened)),
    deadlines: createDeadlineStore(pool, onReopened),
    queries: tellingUnavailable(createQueryStore(prisma, pool)),
    reports: tellingUnavailable(createReportStore(prisma, pool)),
    totals: createTotalsStore(pool),
    identifiers: tellingUnavailable(createIdentifierStore(pool)),
    health: createHealthStore(prisma, pool),
    close: async () => {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
