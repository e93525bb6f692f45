import type { Pool, PoolClient } from 'pg'
import type { KeyRing } from '../../lib/key-ring.ts'
import type { BodyHome, BodyStore, ReencryptedPage } from '../../inbox/maintain/stores.ts'
import type { AccountScope } from '../../domain/records.ts'
import { withTransaction } from '../pool.ts'
import { openContent, sealContents } from '../sealed-content.ts'
import { lockSealedOtherwise, measurePage, replaceBodies, type BodyTable } from './bodies.sql.ts'

/** Bodies of a page. They may be large, and all of them are held in memory. */
const PAGE = 100
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'
const TABLES: Readonly<Record<BodyHome, BodyTable>> = {
  inbox: 'inbox_messages',
  quarantine: 'quarantined_messages',
}

export function createBodyStore(pool: Pool, ring: KeyRing): BodyStore {
  return {
    reencryptPage: async (home, after) =>
      withTransaction(pool, async (client) => reencryptPage(client, ring, home, after ?? BEFORE_ALL)),
  }
}

interface BodyRow extends AccountScope {
  id: string
  content: Buffer
  dataKey: string | null
}

interface PageRow {
  rows: number
  last: string | null
}

async function reencryptPage(
  client: PoolClient,
  ring: KeyRing,
  home: BodyHome,
  after: string,
): Promise<ReencryptedPage> {
  const table = TABLES[home]
  const { rows: measured } = await client.query<PageRow>(measurePage(table), [after, PAGE])
  const { rows: length, last } = measured[0] ?? { rows: 0, last: null }
  const end = length < PAGE ? null : last
  const values = [after, last ?? after, ring.current?.name ?? null, PAGE]
  const { rows } = await client.query<BodyRow>(lockSealedOtherwise(table), values)
  const bodies = rows.map((row) => ({ ...row, content: openContent(ring, home, row.id, row) }))
  const faults = bodies.flatMap(({ id, content }) => (Buffer.isBuffer(content) ? [] : [{ ...content, id }]))
  const opened = bodies.flatMap(({ content, ...row }) =>
    Buffer.isBuffer(content) ? [{ ...row, content }] : [],
  )
  const { contents, dataKey } = sealContents(ring, home, opened)
  const ids = opened.map(({ id }) => id)
  if (ids.length > 0) await client.query(replaceBodies(table), [ids, contents, dataKey])
  return { end, resealed: ids.length, faults }
}
