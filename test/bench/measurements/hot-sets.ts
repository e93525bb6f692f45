import { hash } from 'node:crypto'
import pLimit from 'p-limit'
import pg from 'pg'
import { withServer, type Bench } from '../bench.ts'
import { accountNamed } from '../messages/accounts.ts'
import { HOT_SETS, type HotSet } from '../messages/hot-sets.ts'
import { signNotification } from '../../../src/cli/signed-notification.ts'
import type { BenchDatabase, BenchServer, Queryable } from '../parts/postgres.ts'
import type { ServerProcess } from '../parts/process.ts'
import { API_KEY } from '../parts/service.ts'
import { median } from '../statistics.ts'
import { untilProcessed } from '../reference/row-samples.ts'
import { besideInRounds, besideRatio, burdened, p99Of, type Burden } from './beside.ts'
import { receiverOnly, wholeService } from './contenders.ts'
import { openStage, runOn, type HttpContender } from './http-run.ts'
import type { Run } from './run.ts'
import type { Measured, Table } from './side-by-side.ts'

/** Ordinary traffic meanwhile, of all accounts. */
const RATE = 100
const LONGER = 2.5
/** Messages of each set; a shop's worst days. `--quick` makes small ones. */
const SIZES = [8_000, 8_000, 2_000, 2_000]
const SMALL = 40
const AT_ONCE = 64
/** One more message of each set in turn. */
const EVERY_MS = 2_000
const LOOK_EVERY_MS = 10
const RETRY_MS = 200
const PATIENCE_MS = 60_000

interface Timed {
  set: string
  size: number
  judged: number[]
  read: number[]
}

/** Sets of thousands of messages that belong together: what one more costs, and whom it holds up. */
export async function measureHotSets(all: Bench): Promise<Measured> {
  const { rounds: _all, seconds } = all.options
  const bench = { ...all, options: { ...all.options, rounds: 1, seconds: seconds * LONGER } }
  const sizes = seconds < 2 ? SIZES.map(() => SMALL) : SIZES
  return withServer({ track_commit_timestamp: 'on', ...bench.options.set }, async (server) => {
    const timed = HOT_SETS.map(({ name }, index): Timed => ({
      set: name,
      size: sizes[index] ?? 0,
      judged: [],
      read: [],
    }))
    const filled = await filledDatabase(bench, server, timed)
    const ours = wholeService(bench)
    const growing = burdened(ours, 'beside sets that grow', growingSets(timed))
    const resting = { ...ours, name: 'beside sets that rest', keeps: false }
    const runOnCopy = async (contender: HttpContender): Promise<Run> => {
      const database = await server.createDatabase(filled)
      try {
        return await runOn(bench, openStage(server, database), contender, RATE)
      } finally {
        await database.drop()
      }
    }
    const rounds = await besideInRounds(bench, 'hot-sets', {
      alone: async () => runOnCopy(resting),
      beside: async () => runOnCopy(growing),
    })
    return {
      name: 'hot-sets',
      what: `${RATE} ordinary notifications per second beside large sets`,
      rounds,
      tables: [tableOf(timed)],
      ratios: [
        ...timed.map(({ set, size, judged }) => ({
          what: `one more of ${size}, ms until judged: ${set}`,
          aim: '≤ 600',
          values: judged,
        })),
        ...timed.map(({ set, size, read }) => ({
          what: `GET of ${size}, ms: ${set}`,
          aim: '≤ 200',
          values: read,
        })),
        besideRatio(rounds, {
          what: "others' p99 beside growing sets × beside resting ones",
          aim: '≤ 1.2',
          read: p99Of,
        }),
        besideRatio(rounds, {
          what: "others' processing lag, p99, likewise",
          aim: '',
          read: (run) => run.lag?.p99 ?? null,
        }),
      ],
    }
  })
}

const tableOf = (timed: readonly Timed[]): Table => ({
  title: 'milliseconds, medians',
  rows: timed.map(({ set, size, judged, read }) => ({
    set,
    messages: size,
    'one more judged': median(judged),
    'GET of it': median(read),
  })),
})

/** Received first and processed then, in full batches: what it takes to get there is not measured. */
async function filledDatabase(
  bench: Bench,
  server: BenchServer,
  timed: readonly Timed[],
): Promise<BenchDatabase> {
  const database = await server.createDatabase()
  const began = Date.now()
  const receiver = await receiverOnly(bench).start(database.url)
  for (const [index, set] of HOT_SETS.entries()) await fillSet(receiver, set, timed[index]?.size ?? 0)
  await receiver.stop()
  const service = await wholeService(bench).start(database.url)
  await untilProcessed(database, 1_800)
  await service.stop()
  bench.tell(`hot-sets  filled in ${Math.round((Date.now() - began) / 1_000)} s`)
  return database
}

async function fillSet(service: ServerProcess, set: HotSet, size: number): Promise<void> {
  const limit = pLimit(AT_ONCE)
  await Promise.all(
    Array.from({ length: size }, async (_, index) => limit(async () => sendMessage(service, set, index))),
  )
}

/** Each set grows in turn until the run is over. */
function growingSets(timed: readonly Timed[]): Burden {
  return async (service, databaseUrl) => {
    const client = new pg.Client({ connectionString: databaseUrl })
    // DROP DATABASE may be faster than our own good-bye.
    client.on('error', () => undefined)
    await client.connect()
    const database: Queryable = {
      query: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
        (await client.query<Row>(text, values)).rows,
    }
    const over = new AbortController()
    const growing = (async () => {
      for (let turn = 0; !over.signal.aborted; turn += 1) {
        const at = turn % HOT_SETS.length
        const [set, one] = [HOT_SETS[at], timed[at]]
        if (set && one) await growSet(service, { set, one, index: one.size + turn }, database)
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS / HOT_SETS.length))
      }
    })()
    return {
      end: async () => {
        over.abort()
        await growing
        await client.end()
      },
    }
  }
}

interface Growing {
  set: HotSet
  one: Timed
  index: number
}

/** One more message, until its outcome is committed; then the set is asked for. */
async function growSet(
  service: ServerProcess,
  { set, one, index }: Growing,
  database: Queryable,
): Promise<void> {
  const began = Date.now()
  const sent = await sendMessage(service, set, index)
  const acknowledged = performance.now()
  while (!(await isProcessed(database, { set, sent, since: new Date(began - 1_000) }))) {
    if (performance.now() - acknowledged > PATIENCE_MS)
      throw new Error(`one more of "${set.name}" was not judged in time`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  one.judged.push(performance.now() - acknowledged)
  const asked = performance.now()
  const answer = await fetch(`http://127.0.0.1:${service.port}/v1/${set.path}`, {
    headers: { authorization: `Bearer ${API_KEY}` },
  })
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`${set.path} was answered ${answer.status}`)
  one.read.push(performance.now() - asked)
}

/** By the id that an answer to the API tells, else by what was sent. */
type Sent = { inboxId: string } | { digest: Buffer }

async function isProcessed(
  database: Queryable,
  { set, sent, since }: { set: HotSet; sent: Sent; since: Date },
): Promise<boolean> {
  const { provider, account } = accountNamed(set.account)
  const [condition, value] =
    'inboxId' in sent ? ['m.id = $4', sent.inboxId] : ['m.content_digest = $4', sent.digest]
  const rows = await database.query(
    `SELECT FROM inbox_messages m JOIN inbox_outcomes o ON o.inbox_id = m.id
     WHERE m.account = $1 AND m.provider = $2 AND m.received_at >= $3 AND ${condition}`,
    [account, provider, since, value],
  )
  return rows.length > 0
}

/** Sends what belongs to this number; answers the last of it. */
async function sendMessage(service: ServerProcess, set: HotSet, index: number): Promise<Sent> {
  const account = accountNamed(set.account)
  const [fields, response] = [set.notification(index), set.response(index)]
  let digest = Buffer.alloc(0)
  if (fields !== null) {
    const { body, headers } = signNotification(fields, account)
    digest = Buffer.from(hash('sha256', body, 'hex'), 'hex')
    await post(service, `/notifications/${account.provider}/${account.account}`, { headers, body })
  }
  if (response === null) return { digest }
  const said = { provider: account.provider, account: account.account, ...response }
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' }
  const answer = await post(service, '/v1/responses', { headers, body: Buffer.from(JSON.stringify(said)) })
  return JSON.parse(answer) as { inboxId: string }
}

interface Posted {
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/** What is refused because there is too much of it is sent again. */
async function post(service: ServerProcess, path: string, { headers, body }: Posted): Promise<string> {
  for (;;) {
    const url = `http://127.0.0.1:${service.port}${path}`
    const answer = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) })
    const text = await answer.text()
    if (answer.ok) return text
    if (answer.status !== 429 && answer.status !== 503)
      throw new Error(`${path} was answered ${answer.status}: ${text}`)
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}
