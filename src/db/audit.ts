import type { Pool, PoolClient } from 'pg'
import type { AuditEntry } from '../domain/audit.ts'
import { APPEND_AUDIT } from './audit.sql.ts'

/** Write down a deed, in the transaction of the client. */
export async function appendAudit(client: Pool | PoolClient, entry: AuditEntry): Promise<void> {
  const { id, at, actor, action, target, count, note } = entry
  await client.query(APPEND_AUDIT, [id, at, actor, action, JSON.stringify(target), count, note])
}
