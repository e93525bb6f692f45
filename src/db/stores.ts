import type { HealthStore } from '../telemetry/stores.ts'
import type {
  AuditQueryStore,
  ExportStore,
  IdentifierStore,
  InboxQueryStore,
  QueryStore,
  ReportStore,
} from '../queries/stores.ts'
import type { ErasureStore } from '../inbox/erase/stores.ts'
import type { AuditLog, BodyStore, ChoreStore, MessageStore, QueueStore } from '../inbox/maintain/stores.ts'
import type { ReplayStore } from '../inbox/replay/stores.ts'
import type { ProcessingStore, StatementStore, DeadlineStore } from '../inbox/reconcile/stores.ts'
import type { InboxStore, QuarantineStore } from '../inbox/receive/stores.ts'
import { PrismaPg } from '@prisma/adapter-pg'
import type { Pool } from 'pg'
import type { KeyRing } from '../lib/key-ring.ts'
import type { Services } from '../services.ts'
import { appendAudit } from './audit.ts'
import { PrismaClient } from './generated/client.ts'
import { createChoreStore } from './maintain/chore-store.ts'
import { createBodyStore } from './maintain/body-store.ts'
import { createErasureStore } from './reconcile/erasure-store.ts'
import { createMessageStore } from './maintain/message-store.ts'
import { createQueueStore } from './maintain/queue-store.ts'
import { createAuditQueryStore } from './queries/audit-query-store.ts'
import { createExportStore } from './queries/export-store.ts'
import { createHealthStore } from './queries/health-store.ts'
import { createIdentifierStore } from './queries/identifier-store.ts'
import { createInboxQueryStore } from './queries/inbox-query-store.ts'
import { createQueryStore } from './queries/query-store.ts'
import { createReportStore } from './queries/report-store.ts'
import { createInboxStore } from './receive/inbox-store.ts'
import { createQuarantineStore } from './receive/quarantine-store.ts'
import { createDeadlineStore } from './reconcile/deadline-store.ts'
import { createProcessingStore } from './reconcile/processing-store.ts'
import { createReplayStore } from './reconcile/replay-store.ts'
import { createStatementStore } from './reconcile/announcements-and-resolutions-store.ts'
import { withStorageUnavailable } from './unavailable.ts'

/** The ports of the database, each under the name of what it keeps. */
export interface Stores {
  inbox: InboxStore
  processing: ProcessingStore
  quarantine: QuarantineStore
  bodies: BodyStore
  chores: ChoreStore
  messages: MessageStore
  auditLog: AuditLog
  queue: QueueStore
  statements: StatementStore
  deadlines: DeadlineStore
  replays: ReplayStore
  queries: QueryStore
  reports: ReportStore
  inboxQueries: InboxQueryStore
  audit: AuditQueryStore
  exports: ExportStore
  erasure: ErasureStore
  identifiers: IdentifierStore
  health: HealthStore
}

/** The ports on PostgreSQL: Prisma and the hot statements share the pool, which `close` ends. `ring` seals and opens what is stored. */
export function createStores({
  pool,
  ring,
  logger,
  clock,
}: { pool: Pool; ring: KeyRing } & Pick<Services, 'logger' | 'clock'>): Stores & {
  close: () => Promise<void>
} {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  const database = { pool, logger }
  return {
    inbox: createInboxStore(pool, ring),
    processing: createProcessingStore(database, { ring, clock }),
    quarantine: createQuarantineStore(pool, ring),
    bodies: createBodyStore(pool, ring),
    chores: createChoreStore(pool, ring),
    messages: withStorageUnavailable(createMessageStore(pool, ring)),
    auditLog: { append: async (entry) => appendAudit(pool, entry) },
    queue: createQueueStore(pool),
    statements: withStorageUnavailable(createStatementStore(database)),
    deadlines: createDeadlineStore(database),
    replays: createReplayStore(database, ring),
    queries: withStorageUnavailable(createQueryStore(prisma, pool)),
    reports: withStorageUnavailable(createReportStore(prisma, pool)),
    inboxQueries: withStorageUnavailable(createInboxQueryStore(pool, ring)),
    audit: withStorageUnavailable(createAuditQueryStore(prisma)),
    exports: createExportStore(pool),
    erasure: createErasureStore(database),
    identifiers: withStorageUnavailable(createIdentifierStore(pool)),
    health: createHealthStore(prisma, pool),
    close: async () => {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
