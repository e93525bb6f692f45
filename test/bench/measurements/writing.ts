import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { newId } from '../../../src/lib/new-id.ts'
import type { IncomingMessage } from '../../../src/inbox/messages.ts'
import { sampleProduct, withServer, type Bench } from '../bench.ts'
import { fill } from '../growth/fill.ts'
import type { BenchDatabase, BenchServer } from '../parts/postgres.ts'
import { openPool, WAYS, type Way } from '../reference/ways-to-write.ts'
import type { StepRows } from '../reference/row-samples.ts'
import { median } from '../statistics.ts'
import type { Measured, Table } from './side-by-side.ts'

const BATCH = 128
const BATCHES_A_ROUND = 40

/** What the choices of the hot statements are worth: each way writes the same rows over one connection, in turns. */
export async function measureWriting(bench: Bench): Promise<Measured> {
  return withServer(bench.options.set, async (server) => ({
    name: 'writing',
    what: `batches of ${BATCH} receipts over one connection, and updates of payments`,
    rounds: [],
    tables: [await compareWays(bench, server), await compareFillfactors(bench, server)],
  }))
}

interface Taken {
  micros: number[]
  wal: number[]
}

interface Contender {
  way: Way
  database: BenchDatabase
  pool: ReturnType<typeof openPool>
  write: ReturnType<Way['writer']>
  taken: Taken
}

async function compareWays(bench: Bench, server: BenchServer): Promise<Table> {
  // The server reads COPY's file.
  await chmod(bench.directory, 0o711)
  const bodies = readBodies(bench)
  const contenders: Contender[] = []
  for (const way of WAYS) {
    const database = await server.createDatabase()
    if (way.prepare !== undefined) await database.query(way.prepare.replace('$database', database.name))
    const pool = openPool(database.url)
    const write = way.writer({ pool, directory: bench.directory })
    contenders.push({ way, database, pool, write, taken: { micros: [], wal: [] } })
  }
  // The first round fills caches and plans.
  for (let round = 0; round <= bench.options.rounds; round += 1) {
    for (const { write, database, taken } of contenders) {
      const took = await writeRound(database, write, bodies)
      if (round === 0) continue
      taken.micros.push(took.micros)
      taken.wal.push(took.wal)
    }
  }
  for (const { pool, database } of contenders) {
    await pool.end()
    await database.drop()
  }
  return {
    title: 'receipts; medians of the rounds',
    rows: contenders.map(({ way, taken }) => ({
      way: way.name,
      'µs each': median(taken.micros),
      '× the product': median(
        taken.micros.map((micros, at) => micros / (contenders[0]?.taken.micros[at] ?? NaN)),
      ),
      'WAL bytes each': median(taken.wal),
    })),
  }
}

async function writeRound(
  database: BenchDatabase,
  write: ReturnType<Way['writer']>,
  bodies: readonly Buffer[],
): Promise<{ micros: number; wal: number }> {
  const startsAt = await walPosition(database)
  let ms = 0
  for (let batch = 0; batch < BATCHES_A_ROUND; batch += 1) {
    const run = await write(batchOf(bodies))
    const startedAt = performance.now()
    await run()
    ms += performance.now() - startedAt
  }
  const rows = BATCH * BATCHES_A_ROUND
  return { micros: (ms * 1_000) / rows, wal: ((await walPosition(database)) - startsAt) / rows }
}

const walPosition = async (database: BenchDatabase): Promise<number> => {
  const [row] = await database.query<{ at: string }>(`SELECT pg_current_wal_insert_lsn() - '0/0' AS at`)
  return Number(row?.at)
}

/** Bodies of the traffic, as they are sent. */
function readBodies({ corpus }: Bench): Buffer[] {
  const file = openSync(corpus.file, 'r')
  const bodies: Buffer[] = []
  let at = 0
  for (const length of corpus.lengths.subarray(0, 1_000)) {
    const request = Buffer.alloc(length)
    readSync(file, request, 0, length, at)
    bodies.push(request.subarray(request.indexOf('\r\n\r\n') + 4))
    at += length
  }
  closeSync(file)
  return bodies
}

let written = 0

function batchOf(bodies: readonly Buffer[]): IncomingMessage[] {
  return Array.from({ length: BATCH }, () => {
    written += 1
    const content = bodies[written % bodies.length] ?? Buffer.alloc(0)
    const digest = createHash('sha256').update(`${written}:`).update(content).digest()
    return {
      ...{ id: newId(), provider: 'hipay', account: 'shop', witness: 'notification' as const },
      ...{ key: digest, content, contentDigest: digest, scrubbed: [], envelope: null, secretId: 'only' },
      contentMark: null,
      receivedAt: new Date(),
      originals: [],
    }
  })
}

const FILLFACTORS = [100, 90, 80, 70]
const PAYMENTS = 20_000
const UPDATES_AT_ONCE = 100

/** A payment is rewritten by every notification after its first. */
async function compareFillfactors(bench: Bench, server: BenchServer): Promise<Table> {
  const samples = await sampleProduct(bench, server)
  const rows = []
  for (const fillfactor of FILLFACTORS) rows.push(await updateAll(bench, server, { fillfactor, samples }))
  return { title: 'two updates of each of 20,000 payments by the fillfactor of their table', rows }
}

const UPDATE = `
UPDATE transactions SET status = CASE version % 2 WHEN 0 THEN 'captured' ELSE 'authorized' END, version = version + 1,
  updated_at = now(), captured_total = version
WHERE reference = ANY ($1)`

async function updateAll(
  { tell }: Bench,
  server: BenchServer,
  { fillfactor, samples }: { fillfactor: number; samples: readonly StepRows[] },
) {
  const database = await server.createDatabase()
  await database.query(`ALTER TABLE transactions SET (fillfactor = ${fillfactor})`)
  await fill(database, { samples, payments: PAYMENTS, tell })
  const found = await database.query<{ reference: string }>(
    'SELECT reference FROM transactions ORDER BY md5(reference)',
  )
  const references = found.map(({ reference }) => reference)
  await database.query('CHECKPOINT')
  const startsAt = await walPosition(database)
  const startedAt = performance.now()
  for (let pass = 0; pass < 2; pass += 1) {
    for (let at = 0; at < references.length; at += UPDATES_AT_ONCE)
      await database.query(UPDATE, [references.slice(at, at + UPDATES_AT_ONCE)])
  }
  const updates = 2 * references.length
  const ms = performance.now() - startedAt
  const wal = ((await walPosition(database)) - startsAt) / updates
  const hot = await hotShare(database)
  await database.drop()
  return { fillfactor, 'µs each': (ms * 1_000) / updates, 'WAL bytes each': wal, 'in place (HOT), %': hot }
}

async function hotShare(database: BenchDatabase): Promise<number> {
  await database.leave()
  const [row] = await database.query<{ share: number }>(
    `SELECT 100.0 * n_tup_hot_upd / nullif(n_tup_upd, 0) AS share FROM pg_stat_user_tables WHERE relname = 'transactions'`,
  )
  return Number(row?.share)
}
