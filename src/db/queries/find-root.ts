import type { AccountScope } from '../../domain/records.ts'
import type { Key, Queryable } from '../keys.ts'
import { FIND_ROOT } from './find-root.sql.ts'

/** A transaction by its root reference, and the keys of all its references. */
export interface Root {
  reference: string
  keys: Key[]
}

interface RootRow {
  reference: string
  /** Read from the saved row: some links follow from several events together. */
  absorbed: string[]
}

/** The transaction that a reference belongs to; null when unknown. */
export async function findRoot(
  client: Queryable,
  { provider, account }: AccountScope,
  reference: string,
): Promise<Root | null> {
  const { rows } = await client.query<RootRow>(FIND_ROOT, [reference, account, provider])
  const [root] = rows
  if (root === undefined) return null
  const keys = [root.reference, ...root.absorbed].map((id) => ({ provider, account, id }))
  return { reference: root.reference, keys }
}
