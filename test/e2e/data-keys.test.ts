import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { post } from './support/http.ts'
import { be2billDelivery, be2billFields } from './support/provider.ts'
import { directoryWithDatabase } from './support/prepared-cluster.ts'
import {
  cleanUp,
  inventedBy,
  launch,
  ROOT,
  runToEnd,
  startService,
  stopService,
  type Environment,
  type RunningService,
} from './support/service.ts'

/** Keys for what is stored, from one process to the next: rotation beside the service, killed and run again. */

const newKey = (): string => randomBytes(32).toString('base64')
const OLD = `old:${newKey()}`
const NEW = `new:${newKey()}`
const MESSAGES = 150
const SLOW_MS = 60_000

const CLI = join(ROOT, 'src/cli/main.ts')
let directory: string
let service: RunningService
let sql: pg.Client

async function startWith(environment: Environment): Promise<void> {
  service = await startService(directory, environment)
  sql = new pg.Client({ connectionString: service.databaseUrl })
  sql.on('error', () => undefined)
  await sql.connect()
}

async function stop(): Promise<void> {
  await sql.end()
  await stopService(service)
}

const rotate = async (environment: Environment) =>
  runToEnd(process.execPath, [CLI, 'rotate-keys', '--json'], {
    DATA_DIRECTORY: directory,
    DATABASE_URL: service.databaseUrl,
    ...environment,
  })

async function rows<Row extends object>(text: string): Promise<Row[]> {
  return (await sql.query<Row>(text)).rows
}

/** How many bodies the key of each id sealed. */
async function sealedBy(): Promise<Record<string, number>> {
  const found = await rows<{ id: string; count: number }>(
    `SELECT split_part(coalesce(data_key, 'clear'), ':', 1) AS id, count(*)::int FROM inbox_messages GROUP BY 1`,
  )
  return Object.fromEntries(found.map(({ id, count }) => [id, count]))
}

async function deliver(reference: string): Promise<void> {
  const account = inventedBy(directory).accounts.find(({ provider }) => provider === 'be2bill')!
  const answer = await post(service.url, be2billDelivery(account, be2billFields(reference, `O-${reference}`)))
  expect(answer.status).toBe(200)
}

beforeAll(async () => {
  directory = await directoryWithDatabase()
  await startWith({ DATA_KEYS: OLD })
  for (let index = 0; index < MESSAGES; index += 1) await deliver(`A${index}`)
})
afterAll(async () => {
  await sql.end()
  await cleanUp()
})

const LOCK = 4_711
const HOLD = `
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_advisory_xact_lock(${LOCK}); RETURN NEW; END $$;
DO $$ BEGIN EXECUTE format('CREATE TRIGGER hold BEFORE UPDATE ON inbox_messages FOR EACH ROW WHEN (NEW.id = %L) EXECUTE FUNCTION hold()',
  (SELECT id FROM inbox_messages ORDER BY id OFFSET ${MESSAGES - 1} LIMIT 1)); END $$;`
const WAITING = `FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted`

describe('rotate-keys', () => {
  it('that is killed half way leaves every body whole', async () => {
    await stop()
    await startWith({ DATA_KEYS: `${NEW},${OLD}` })
    await sql.query(HOLD)
    await sql.query('SELECT pg_advisory_lock($1)', [LOCK])
    const killed = launch(
      process.execPath,
      [CLI, 'rotate-keys'],
      { DATA_DIRECTORY: directory, DATABASE_URL: service.databaseUrl, DATA_KEYS: `${NEW},${OLD}` },
      ROOT,
    )
    await expect.poll(async () => rows(`SELECT 1 AS one ${WAITING}`), { timeout: SLOW_MS }).toHaveLength(1)
    killed.signal('SIGKILL')
    await killed.ended
    // Its connection would notice only once it has what it waits for.
    await sql.query(`SELECT pg_terminate_backend(pid) ${WAITING}`)
    await expect.poll(async () => rows(`SELECT 1 AS one ${WAITING}`), { timeout: SLOW_MS }).toEqual([])
    await sql.query('DROP TRIGGER hold ON inbox_messages')
    expect(await sealedBy()).toEqual({ new: 100, old: MESSAGES - 100 })
  })

  it('goes on where it was, beside the running service', async () => {
    await deliver('B1')
    const { code, output } = await rotate({ DATA_KEYS: `${NEW},${OLD}` })
    expect(JSON.parse(output)).toMatchObject({
      ok: true,
      resealed: { inbox: MESSAGES - 100, quarantine: 0 },
      late: 0,
      staying: [],
    })
    expect(code).toBe(0)
    expect(await sealedBy()).toEqual({ new: MESSAGES + 1 })
  })

  it('says in words that nothing is left to do', async () => {
    const { code, output } = await runToEnd(process.execPath, [CLI, 'rotate-keys'], {
      DATA_DIRECTORY: directory,
      DATABASE_URL: service.databaseUrl,
      DATA_KEYS: NEW,
    })
    expect([code, output.replace(/:[0-9a-f]{8} /, ' ')]).toEqual([
      0,
      'Sealed by new now: 0 bodies of the inbox, 0 of the quarantine.\nNo other key is needed any more.\n',
    ])
  })

  it('leaves messages that a service with the new key alone can process again', async () => {
    await stop()
    await startWith({ DATA_KEYS: NEW })
    await sql.query(`DELETE FROM inbox_outcomes`)
    await sql.query(`INSERT INTO inbox_queue (inbox_id, due_at) SELECT id, now() FROM inbox_messages`)
    const states = `SELECT state, count(*)::int FROM inbox_outcomes GROUP BY state`
    await expect
      .poll(async () => rows(states), { timeout: SLOW_MS })
      .toEqual([{ state: 'duplicate', count: MESSAGES + 1 }])
  })

  it('fails, and says which key is missing, when a body stays under another one', async () => {
    const { code, output } = await rotate({ DATA_KEYS: OLD })
    const { ok, staying } = JSON.parse(output) as {
      ok: boolean
      staying: { detail: string; count: number }[]
    }
    expect([code, ok, staying.map(({ count }) => count)]).toEqual([1, false, [MESSAGES + 1]])
    expect(staying[0]?.detail).toMatch(/^the body is sealed by new:[0-9a-f]{8}, which is not in DATA_KEYS$/)
  })

  it('says in words what it needs', async () => {
    const { code, output } = await runToEnd(process.execPath, [CLI, 'rotate-keys'], {
      DATA_DIRECTORY: directory,
    })
    expect([code, output]).toEqual([1, expect.stringContaining('DATA_KEYS: is required, the new key first')])
  })

  it('changes nothing in a database that is not migrated', async () => {
    await sql.query('CREATE DATABASE fresh')
    const DATABASE_URL = service.databaseUrl.replace(/[^/]+$/, 'fresh')
    const { code, output } = await rotate({ DATA_KEYS: NEW, DATABASE_URL })
    expect([code, output]).toEqual([1, expect.stringContaining('run migrate first')])
  })

  it('prints no key', async () => {
    const { code, output } = await rotate({ DATA_KEYS: `${NEW.slice(0, -8)},${OLD}` })
    expect(code).toBe(1)
    expect(output).toContain('DATA_KEYS: entry 1 must have a key of 32 bytes')
    expect(output).not.toContain(NEW.slice(4, 24))
  })
})
