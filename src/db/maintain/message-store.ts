import type { Pool } from 'pg'
import type { KeyRing } from '../../lib/key-ring.ts'
import type { FoundMessage, MessageStore, StoredMessage } from '../../inbox/maintain/stores.ts'
import type { QuarantinedMessage } from '../../inbox/receive/stores.ts'
import { prompt } from '../pool.ts'
import { openContent } from '../sealed-content.ts'
import { FIND_MESSAGE } from './find-message.sql.ts'

/** Columns that its home does not have are null. */
type MessageRow = (QuarantinedMessage & { home: 'quarantine'; dataKey: string | null }) | StoredMessage

export function createMessageStore(pool: Pool, ring: KeyRing): MessageStore {
  return {
    find: async (id) => {
      const { rows } = await pool.query<MessageRow>(prompt({ text: FIND_MESSAGE, values: [id] }))
      const [row] = rows
      return row === undefined ? null : opened(ring, row)
    },
  }
}

function opened(ring: KeyRing, row: MessageRow): FoundMessage {
  if (row.home === 'inbox') return row
  const { dataKey: _key, ...evidence } = row
  return { ...evidence, content: openContent(ring, 'quarantine', evidence.id, row) }
}
