import type { AuditEntry } from '../../domain/audit.ts'
import type { AuditFilter, AuditQueryStore, Page } from '../../queries/stores.ts'
import type { PrismaClient } from '../generated/client.ts'
import type { AuditEntryWhereInput } from '../generated/models.ts'
import { decodeCursor, encodeCursor, toUuid } from './cursor.ts'

export function createAuditQueryStore(prisma: PrismaClient): AuditQueryStore {
  return { listAudit: async (filter, limit, cursor) => listAudit(prisma, filter, limit, cursor) }
}

async function listAudit(
  prisma: PrismaClient,
  { from, actor, action }: AuditFilter,
  limit: number,
  cursor: string | null,
): Promise<Page<AuditEntry>> {
  const named = {
    ...(from === undefined ? {} : { at: { gte: from } }),
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
  }
  const rows = await prisma.auditEntry.findMany({
    where: { AND: [named, afterCursor(cursor)] },
    // The id makes the order total, so that pages neither overlap nor skip.
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  })
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return {
    items: page.map((row) => ({
      ...row,
      action: row.action as AuditEntry['action'],
      target: row.target as AuditEntry['target'],
    })),
    nextCursor: last ? encodeCursor([last.at.toISOString(), last.id]) : null,
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
