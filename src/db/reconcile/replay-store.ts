import type { Pool, PoolClient } from 'pg'
import type { AuditEntry } from '../../domain/audit.ts'
import type {
  Choice,
  NewReplay,
  Replay,
  ReplayPage,
  ReplayStore,
  ReplayUnit,
  Survey,
} from '../../inbox/replay/stores.ts'
import type { ReconciliationUnit } from '../../inbox/reconcile/stores.ts'
import { sha256 } from '../../lib/crypto.ts'
import type { KeyRing } from '../../lib/key-ring.ts'
import { appendAudit } from '../audit.ts'
import { isDataError, isLockTimeout, withTransaction, type LastStatement } from '../pool.ts'
import { rehearseReconciliation, withReconciliation, type WritingDatabase } from './reconciliation-unit.ts'
import { choiceParameters, toReplay, type ReplayRow } from './replay-rows.ts'
import { replayUnit } from './replay-unit.ts'
import {
  BEGIN_REPLAY,
  chooseMessages,
  FIND_REPLAY,
  FIND_REPLAY_OF_PLAN,
  isUncommon,
  RUNNING_REPLAYS,
  surveyMessages,
} from './replay.sql.ts'

/** So many outcomes are looked at in one statement, chosen or not: some milliseconds. */
const SCAN = 5_000
/** A batch of a replay is small, and so is what is read to find it. */
const SCAN_PER_MESSAGE = 16
/** Before all ids. */
const FIRST = '00000000-0000-0000-0000-000000000000'

export function createReplayStore(database: WritingDatabase, ring: KeyRing): ReplayStore {
  const { pool } = database
  const unitOf = (unit: ReconciliationUnit, client: PoolClient, last: LastStatement[]): ReplayUnit =>
    replayUnit(ring, unit, { client, last })
  return {
    survey: async (choice) => survey(pool, choice),
    choose: async (choice, after, limit) => choose(pool, choice, { after, limit }),
    begin: async (replay, entry) => begin(pool, replay, entry),
    find: async (id) => {
      const { rows } = await pool.query<ReplayRow>(FIND_REPLAY, [id])
      return rows[0] === undefined ? null : toReplay(rows[0])
    },
    running: async () => {
      const { rows } = await pool.query<ReplayRow & { position: string }>({
        name: 'running_replays',
        text: RUNNING_REPLAYS,
      })
      return rows.map(({ position, ...row }) => ({ replay: toReplay(row), after: position }))
    },
    inTransaction: async (work, options) =>
      withReconciliation(database, async (unit, client, last) => work(unitOf(unit, client, last)), options),
    rehearse: async (work) =>
      rehearseReconciliation(database, async (unit, client, { last, send }) =>
        work(unitOf(unit, client, last), send),
      ),
    isDataError,
    isLockTimeout,
  }
}

interface Scanned {
  seen: number
  last: string | null
}

async function survey(pool: Pool, choice: Choice): Promise<Survey> {
  const text = surveyMessages(isUncommon(choice.filter))
  let messages = 0
  let sum = 0n
  for (let after: string | null = FIRST; after !== null;) {
    const values: unknown[] = [...choiceParameters(choice), after, SCAN]
    const { rows } = await pool.query<Scanned & { messages: number; sum: string }>(text, values)
    const [page] = rows
    messages += page?.messages ?? 0
    sum += BigInt(page?.sum ?? 0)
    after = page === undefined ? null : endOf(page, SCAN)
  }
  return { messages, digest: sha256(`${messages} ${sum}`).toString('base64url') }
}

/** Where the next page begins; null: this was the last one. */
const endOf = ({ seen, last }: Scanned, scan: number): string | null => (seen < scan ? null : last)

async function choose(
  pool: Pool,
  choice: Choice,
  { after, limit }: { after: string; limit: number },
): Promise<ReplayPage> {
  const text = chooseMessages(isUncommon(choice.filter))
  const scan = Math.min(SCAN, limit * SCAN_PER_MESSAGE)
  const values = [...choiceParameters(choice), after, scan, limit]
  const { rows } = await pool.query<Scanned & { inboxIds: string[] }>(text, values)
  const { inboxIds, ...scanned } = rows[0] ?? { inboxIds: [], seen: 0, last: null }
  return { inboxIds, end: inboxIds.length === limit ? (inboxIds.at(-1) ?? null) : endOf(scanned, scan) }
}

async function begin(pool: Pool, replay: NewReplay, entry: AuditEntry): Promise<Replay | null> {
  return withTransaction(pool, async (client) => {
    const { id, plan, choice, actor, messages, begunAt } = replay
    const values = [id, plan, choice, actor, messages, FIRST, begunAt]
    const { rows: begun } = await client.query<ReplayRow>(BEGIN_REPLAY, values)
    if (begun.length > 0) await appendAudit(client, entry)
    const { rows } =
      begun.length > 0 ? { rows: begun } : await client.query<ReplayRow>(FIND_REPLAY_OF_PLAN, [plan])
    return rows[0] === undefined ? null : toReplay(rows[0])
  })
}
