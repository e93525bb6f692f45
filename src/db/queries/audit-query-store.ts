import type { AuditEntry } from '../../domain/audit.ts'
import type { AuditFilter, AuditQueryStore, Page } from '../../queries/stores.ts'
import type { PrismaClient } from '../generated/client.ts'
import type { AuditEntryWhereInput } from '../generated/models.ts'
import { conditionsOf, type Conditions } from './conditions.ts'
import { cutPage, decodeCursor, toUuid } from './cursor.ts'

export function createAuditQueryStore(prisma: PrismaClient): AuditQueryStore {
  return { listAudit: async (filter, limit, cursor) => listAudit(prisma, filter, limit, cursor) }
}

const CONDITIONS: Conditions<AuditFilter, AuditEntryWhereInput> = {
  from: (from) => ({ at: { gte: from } }),
  actor: (actor) => ({ actor }),
  action: (action) => ({ action }),
}

async function listAudit(
  prisma: PrismaClient,
  filter: AuditFilter,
  limit: number,
  cursor: string | null,
): Promise<Page<AuditEntry>> {
  const rows = await prisma.auditEntry.findMany({
    where: { AND: [...conditionsOf(filter, CONDITIONS), afterCursor(cursor)] },
    // The id makes the order total, so that pages neither overlap nor skip.
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  })
  const { page, nextCursor } = cutPage(rows, limit, (last) => [last.at.toISOString(), last.id])
  return {
    items: page.map((row) => ({
      ...row,
      action: row.action as AuditEntry['action'],
      target: row.target as AuditEntry['target'],
    })),
    nextCursor,
  }
}

function afterCursor(cursor: string | null): AuditEntryWhereInput {
  if (cursor === null) return {}
  const [time = '', id = ''] = decodeCursor(cursor, 2)
  const at = new Date(time)
  return {
    // An index begins where this says; it cannot read that out of the alternatives.
    at: { lte: at },
    OR: [{ at: { lt: at } }, { at, id: { lt: toUuid(id) } }],
  }
}
