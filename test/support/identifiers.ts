import { createEmailDigest, type EmailDigest } from '../../src/lib/email-digest.ts'
import type { Pool } from 'pg'
import type { TransactionEvent } from '../../src/domain/event/transaction-event.ts'
import { createIdentifiers, type Identifiers } from '../../src/card-data/identifiers.ts'

/** Those of an installation whose key every test knows. */
export const IDENTIFIERS = createIdentifiers(Buffer.alloc(32, 7))

/** Those of the installation that a database belongs to. */
export async function identifiersOf(sql: Pick<Pool, 'query'>): Promise<Identifiers> {
  return createIdentifiers(await installationKey(sql))
}

/** By what a service on this database finds e-mail addresses. */
export const emailDigestOf = async (sql: Pick<Pool, 'query'>): Promise<EmailDigest> =>
  createEmailDigest(await installationKey(sql))

async function installationKey(sql: Pick<Pool, 'query'>): Promise<Buffer> {
  const { rows } = await sql.query<{ key: Buffer }>('SELECT identifier_key AS key FROM installation_keys')
  return rows[0]!.key
}

const ID_FIELDS = ['reference', 'parentReference', 'orderId', 'operationId', 'operationReference'] as const

/** An event as it is drawn from what is stored of its message. */
export function withKeptIds<Told extends Partial<TransactionEvent>>(
  event: Told,
  { replace }: Identifiers,
): Told {
  const kept = { ...event }
  for (const field of ID_FIELDS) if (kept[field]) kept[field] = replace(kept[field])
  if (kept.customer?.id) kept.customer = { ...kept.customer, id: replace(kept.customer.id) }
  return kept
}
