import type { PoolClient } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inForm, LONG_ONLY } from '../support/form.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { countFault, createFigures, keepFigures } from './support/figures.ts'
import { createPostgresServer } from './support/postgres-server.ts'
import { improperAnswers } from './support/probe.ts'
import type { ServiceProcess } from './support/service-process.ts'
import type { Sender } from '../support/sender.ts'
import { MOUNTING, mountSmallDisk, type SmallDisk } from './support/small-disk.ts'
import { createStage, type Stage } from './support/stage.ts'
import { until } from '../support/until.ts'

/**
 * Everything that a database does to those who rely on it. One process of the service lives through all of it under load:
 * it says 503 while it cannot store, never acknowledges what is not committed, and goes on by itself.
 */

const figures = createFigures('database')
let disk: SmallDisk | null
let stage: Stage
let proxy: TcpProxy
let service: ServiceProcess
let sender: Sender

beforeAll(async () => {
  // Of several rounds all rows stay: some eighty thousand messages did not fit into 400 MB, and the server was gone for good.
  disk = await mountSmallDisk(inForm(400, 3_000))
  stage = await createStage(await createPostgresServer(disk?.directory))
  const url = new URL(stage.server.serviceUrl)
  proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
  url.port = String(proxy.port)
  const place = await stage.place({}, url.href)
  service = await stage.start(place)
  sender = stage.send({ route: () => [place.url] })
})
beforeEach(async () => {
  await sender.acknowledged(20)
})
afterAll(async () => {
  keepFigures(figures)
  await proxy.close()
  await stage.close()
  await disk?.unmount()
})

interface Fault {
  begin: () => unknown
  end?: () => unknown
  /** How often the sender must have been told "not now" before it ends. */
  refusals?: number
  /** What the service's log must have named before it ends. */
  named?: RegExp
}

/** Let it happen under load, and look at both sides until everything is as before. */
async function suffer(kind: string, { begin, end, refusals = 10, named = /^/ }: Fault): Promise<void> {
  const { unanswered, unavailable } = sender.tally
  service.forgetOutput()
  await begin()
  await sender.when((tally) => tally.unavailable >= unavailable + refusals)
  await until(() => named.test(service.output()), { what: () => `${String(named)} in ${service.output()}` })
  expect(await improperAnswers(service.url)).toEqual([])
  await end?.()
  const endedAt = performance.now()
  await sender.acknowledged(20)
  countFault(figures, kind, performance.now() - endedAt)
  await stage.caughtUp()
  expect(sender.tally).toMatchObject({ unanswered, improper: [] })
  expect(service.isRunning()).toBe(true)
  await stage.expectNothingLost()
}

const rounds = Array.from({ length: inForm(1, 5) }, (_, index) => index + 1)
/** What takes the longest: the service gives a silent server 16 seconds, and a lock five. */
const SLOW = LONG_ONLY

describe.each(rounds)('round %i: the service outlives', () => {
  it.each([
    ['kill -9 of the postmaster', 'SIGKILL'],
    ['an immediate shutdown', 'SIGQUIT'],
    ['a fast shutdown', 'SIGINT'],
  ] as const)('%s', async (kind, signal) => {
    await suffer(kind, { begin: async () => stage.server.end(signal), end: stage.server.start })
  })

  it('kill -9 of one backend, after which PostgreSQL ends every connection', async () => {
    await suffer('kill -9 of a backend', {
      begin: async () => {
        const { rows } = await stage.server.sql.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE usename = 'service' LIMIT 1`,
        )
        process.kill(rows[0]!.pid, 'SIGKILL')
      },
      refusals: 0,
    })
  })

  it.each([
    ['receive_messages', 'before'],
    ['receive_messages', 'answered'],
    ['append_events', 'before'],
    ['COMMIT', 'before'],
    ['COMMIT', 'answered'],
  ] as const)('a connection cut at %s: %s', async (bytes, moment) => {
    await suffer('connection cut', { begin: async () => proxy.cutAt(bytes, moment), refusals: 0 })
  })

  it('a network in which every connection is cut and none is taken', async () => {
    await suffer('network down', { begin: proxy.cut, end: proxy.mend })
  })

  it('a host that falls silent', SLOW, async () => {
    await suffer('silent host', { begin: proxy.silence, end: proxy.mend })
  })

  it('a network in which every byte takes a second', SLOW, async () => {
    await suffer('slow network', {
      begin: () => {
        proxy.delay(1_000)
      },
      end: proxy.mend,
    })
  })

  it.each(['client', 'server'] as const)('connections half closed to the %s', async (to) => {
    await suffer('half-closed connections', {
      begin: () => {
        proxy.halfClose(to)
      },
      refusals: 0,
    })
  })

  it('a full disk', { meta: { leftOut: { forbidden: MOUNTING } } }, async ({ skip }) => {
    if (disk === null) return skip()
    const { fill, free } = disk
    await suffer('full disk', {
      begin: fill,
      end: async () => {
        await free()
        // Without room for its log PostgreSQL gives up, until an operator has made room and starts it.
        if (!stage.server.isRunning()) await stage.server.start()
      },
      named: /53100/,
    })
  })

  it('a database that becomes read-only', async () => {
    const { sql } = stage.server
    await suffer('read-only database', {
      begin: async () => {
        await sql.query('ALTER SYSTEM SET default_transaction_read_only = on')
        await sql.query('SELECT pg_reload_conf()')
      },
      end: async () => {
        await sql.query('ALTER SYSTEM RESET default_transaction_read_only')
        await sql.query('SELECT pg_reload_conf()')
      },
      named: /25006/,
    })
  })

  it('a server without a connection left', async () => {
    const { sql } = stage.server
    await suffer('no connection left', {
      begin: async () => {
        await sql.query('ALTER ROLE service CONNECTION LIMIT 0')
        await endSessions()
      },
      end: async () => sql.query('ALTER ROLE service CONNECTION LIMIT -1'),
      named: /53300/,
    })
  })

  it.each([
    ['the ledger', 'receipts', { refusals: 10 }],
    ['the projection', 'transactions', { refusals: 0, named: /55P03/ }],
  ] as const)('a lock that another session keeps on %s', SLOW, async (_what, table, sign) => {
    const { release } = await lockTable(table)
    await suffer('locked table', { begin: () => undefined, end: release, ...sign })
  })

  it.each([
    ['receipt', ['inbox_messages', 'receipts']],
    ['processing', ['transactions', 'transaction_events']],
  ] as const)('a circle of locks that %s is part of', async (_what, [first, second]) => {
    await suffer('deadlock', { begin: async () => closeCircle(first, second), refusals: 0, named: /40P01/ })
  })

  it('transactions that cannot be put in any order', async () => {
    const hammer = startHammer()
    await suffer('serialization failure', {
      begin: async () => isolate('repeatable read'),
      end: async () => {
        await hammer.stop()
        await isolate('read committed')
      },
      refusals: 1,
      named: /40001/,
    })
  })
})

describe('both books', () => {
  it('are equal after all of it, and the state is what the messages come to', async () => {
    await stage.expectBooksEqual(figures)
  })
})

/** Hold a table until released. */
async function lockTable(table: string): Promise<{ client: PoolClient; release: () => Promise<void> }> {
  const client = await stage.server.sql.connect()
  await client.query(`BEGIN; LOCK TABLE ${table} IN EXCLUSIVE MODE`)
  return {
    client,
    release: async () => {
      await client.query('ROLLBACK')
      client.release()
    },
  }
}

/** Wait for what the service holds while it waits for us, until it has been the one to give way. */
async function closeCircle(first: string, second: string): Promise<void> {
  while (!service.output().includes('40P01')) {
    const { client, release } = await lockTable(first)
    await until(async () => holdsAndWaits(second, first), { what: `the service waits for ${first}` })
    // Who waits longest looks for circles first; we do not look at all.
    await client.query("SET LOCAL deadlock_timeout = '10min'")
    await client.query(`LOCK TABLE ${second} IN EXCLUSIVE MODE`)
    await release()
  }
}

async function holdsAndWaits(held: string, awaited: string): Promise<boolean> {
  const { rowCount } = await stage.server.sql.query(
    `SELECT FROM pg_locks w JOIN pg_locks h USING (pid)
     WHERE NOT w.granted AND w.relation = $1::regclass
       AND h.granted AND h.relation = $2::regclass AND h.mode = 'RowExclusiveLock'`,
    [awaited, held],
  )
  return rowCount !== 0
}

/** Of the service's statements outside its own transactions; those say themselves what they need. */
async function isolate(level: string): Promise<void> {
  await stage.server.sql.query(`ALTER ROLE service SET default_transaction_isolation = '${level}'`)
  await endSessions()
}

const endSessions = async (): Promise<unknown> =>
  stage.server.sql.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'service'`)

/** Touches the whole ledger again and again, as a repair script would. */
function startHammer(): { stop: () => Promise<void> } {
  const { sql } = stage.server
  const state = { stopped: false }
  const hammer = async (): Promise<void> => {
    while (!state.stopped) await sql.query('UPDATE receipts SET last_delivered_at = last_delivered_at')
  }
  const running = hammer()
  return {
    stop: async () => {
      state.stopped = true
      await running
    },
  }
}
