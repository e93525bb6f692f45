import type { Pool } from 'pg'
import type { IdentifierStore, ShownId } from '../../queries/stores.ts'
import type { ReplacedId } from '../../card-data/identifiers.ts'
import { FIND_ORIGINALS } from '../original-ids.sql.ts'

export function createIdentifierStore(pool: Pool): IdentifierStore {
  return {
    key: async () => {
      const { rows } = await pool.query<{ key: Buffer }>(
        'SELECT identifier_key AS key FROM installation_keys',
      )
      const [row] = rows
      if (!row) throw new Error('the database has lost the key of its identifiers; restore it from a backup')
      return row.key
    },
    originals: async (ids) => {
      const { rows } = await pool.query<ShownId & ReplacedId>(FIND_ORIGINALS, [
        ids.map(({ provider }) => provider),
        ids.map(({ account }) => account),
        ids.map(({ shown }) => shown),
      ])
      return rows
    },
  }
}
