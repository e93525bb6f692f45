import type { Pool } from 'pg'
import type { KeyRing } from '../../lib/key-ring.ts'
import type { IncomingMessage, ReceivedMessage } from '../../inbox/messages.ts'
import type { KeptEvidence, QuarantinedMessage, QuarantineStore } from '../../inbox/receive/stores.ts'
import type { AuditEntry } from '../../domain/audit.ts'
import { appendAudit } from '../audit.ts'
import { GIVE_UP_MS, receiveMessages } from './inbox-store.ts'
import { prompt, withTransaction } from '../pool.ts'
import { openContent, sealContents } from '../sealed-content.ts'
import { QUARANTINE_MESSAGE } from './quarantine-message.sql.ts'
import { LIST_QUARANTINED, TAKE_QUARANTINED } from './quarantined-messages.sql.ts'

/**
 * How many messages are kept per account and per sender: enough evidence, and too few to fill the disk. Unknown senders cannot use
 * up the share of known ones: an operator will ask for what a known sender signs with a wrong secret.
 */
const UNKNOWN = { perAccount: 1_000, perSource: 100 }
const KNOWN = { perAccount: 2_000, perSource: 1_000 }

/** Before all ids. */
const FIRST = '00000000-0000-0000-0000-000000000000'

interface EvidenceRow extends QuarantinedMessage {
  dataKey: string | null
}

export function createQuarantineStore(pool: Pool, ring: KeyRing): QuarantineStore {
  return {
    isSealing: ring.current !== null,
    keep: async (message, known) => {
      const { rowCount } = await pool.query(
        prompt(
          { text: QUARANTINE_MESSAGE, values: parametersOf(ring, message, known ? KNOWN : UNKNOWN) },
          GIVE_UP_MS,
        ),
      )
      return rowCount !== 0
    },
    list: async (after, limit) => {
      const { rows } = await pool.query<EvidenceRow>(LIST_QUARANTINED, [after ?? FIRST, limit])
      return rows.map((row) => opened(ring, row))
    },
    release: async (id, message, entry) => release(pool, ring, { id, message, entry }),
  }
}

async function release(
  pool: Pool,
  ring: KeyRing,
  { id, message, entry }: { id: string; message: IncomingMessage; entry: AuditEntry },
): Promise<ReceivedMessage | null> {
  return withTransaction(pool, async (client) => {
    const { rowCount } = await client.query(TAKE_QUARANTINED, [id])
    if (rowCount === 0) return null
    const [received] = await receiveMessages(client, ring, [message])
    const inboxId = received?.inboxId ?? null
    await appendAudit(client, { ...entry, target: { ...entry.target, inboxId } })
    return received ?? null
  })
}

function opened(ring: KeyRing, { dataKey, ...evidence }: EvidenceRow): KeptEvidence {
  const content = openContent(ring, 'quarantine', evidence.id, { ...evidence, dataKey })
  return { ...evidence, content }
}

function parametersOf(ring: KeyRing, message: QuarantinedMessage, cap: typeof KNOWN): unknown[] {
  const { contents, dataKey } = sealContents(ring, 'quarantine', [message])
  const { id, provider, account, digest, reason, method, scrubbed, signature, source } = message
  return [
    ...[id, provider, account, digest, reason, method, contents[0], scrubbed, signature, source],
    ...[message.receivedAt, cap.perAccount, cap.perSource, dataKey, message.carrier],
  ]
}
