import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { providersWithout } from '../support/older-build.ts'
import { createParts, forgetAll, type Parts } from '../support/parts.ts'
import { everything } from '../support/replaying.ts'
import { ACCOUNTS } from '../support/service.ts'
import { hipayFields } from '../support/wire.ts'

/** `replay` on the command line, beside no running service: the command does the work itself. */

let database: TestDatabase
let folder: string
let older: Parts

beforeAll(async () => {
  database = await createTestDatabase()
  folder = mkdtempSync(join(tmpdir(), 'replay-test-'))
  writeFileSync(join(folder, 'accounts.json'), JSON.stringify(ACCOUNTS))
  older = createParts({ databaseUrl: database.url, clock: systemClock, providers: providersWithout('118') })
})
afterAll(async () => {
  await older.close()
  rmSync(folder, { recursive: true })
  await database.drop()
})
beforeEach(async () => {
  await forgetAll(older.pool)
  for (let n = 0; n < 40; n += 1)
    await older.notify(
      'hipay',
      'shop',
      hipayFields({ transaction_reference: `9000000030${10 + n}`, order: { id: `O-${n}` } }),
    )
  await older.settle()
})

interface Ran {
  code: number
  out: string
  err: string
}

async function receiver(...words: string[]): Promise<Ran> {
  const ran: Ran = { code: -1, out: '', err: '' }
  const program = buildProgram({
    environment: { DATABASE_URL: database.url, ACCOUNTS_FILE: join(folder, 'accounts.json') },
    streams: {
      out: (text) => {
        ran.out += `${text}\n`
      },
      err: (text) => {
        ran.err += `${text}\n`
      },
      data: async () => undefined,
    },
    onEnd: (code) => {
      ran.code = code
    },
  })
  await program.parseAsync(words, { from: 'user' })
  return ran
}

const paid = async (): Promise<number> => {
  const { rows } = await older.pool.query<{ paid: number }>(
    'SELECT count(*)::int AS paid FROM orders WHERE paid',
  )
  return rows[0]?.paid ?? 0
}

it('shows what would change, all of it, and changes nothing', async () => {
  const before = await everything(older.pool)
  const { code, out, err } = await receiver('replay', '--older', '--dry-run')
  expect(await everything(older.pool)).toEqual(before)
  expect(code).toBe(0)
  expect(out).toMatch(/^40 messages would be replayed; 80 payments and orders would change\.$/m)
  expect(out).toMatch(/^order hipay\/shop\/O-7: .*paid false → true/m)
  expect(err).toContain('40 tried')
})

it('asks for --yes where what counts is replaced, and shows the dry run', async () => {
  const { code, err } = await receiver('replay', '--older')
  expect(code).toBe(2)
  expect(err).toMatch(/80 payments and orders would change[^]*Nothing was changed: with --yes it is done\.$/m)
  expect(await paid()).toBe(0)
})

it('replays with --yes, says how far it is, and what came of it as JSON', async () => {
  const { code, out, err } = await receiver('replay', '--older', '--yes', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    ok: true,
    messages: 40,
    replayed: 40,
    staying: {},
    filter: { older: true },
  })
  expect(err).toMatch(/\d+ of 40 done …/)
  expect(await paid()).toBe(40)
  const { rows } = await older.pool.query(
    `SELECT actor LIKE 'cli:%' AS command, count, target ->> 'older' AS older FROM audit_log
     WHERE action = 'replay_messages' ORDER BY id DESC LIMIT 1`,
  )
  expect(rows).toEqual([{ command: true, count: 40, older: 'true' }])
})

it('replays what is parked without a further word: nothing is taken back', async () => {
  await older.pool.query(
    `WITH gone AS (DELETE FROM transaction_events)
     UPDATE inbox_outcomes SET state = 'parked', code = 'processing_failed', translation = NULL`,
  )
  const { code, out } = await receiver('replay', '--state', 'parked')
  expect({ code, out }).toEqual({ code: 0, out: '40 messages replayed.\n' })
  expect(await paid()).toBe(40)
  expect(await receiver('replay', '--state', 'parked')).toMatchObject({ out: '0 messages replayed.\n' })
})

it('counts by reason what it could not replay', async () => {
  await older.pool.query(
    'UPDATE inbox_messages SET content = NULL WHERE id IN (SELECT id FROM inbox_messages ORDER BY id LIMIT 3)',
  )
  const { code, out } = await receiver('replay', '--provider', 'hipay', '--yes')
  expect({ code, out }).toEqual({
    code: 0,
    out: '37 messages replayed.\n3 count as before: content_purged.\n',
  })
})

it('takes one message by its id, and refuses one that there is not', async () => {
  const { rows } = await older.pool.query<{ id: string }>('SELECT id FROM inbox_messages ORDER BY id LIMIT 1')
  expect(await receiver('replay', '--id', rows[0]?.id ?? '', '--yes')).toMatchObject({ code: 0 })
  expect(await paid()).toBe(1)
  const unknown = await receiver('replay', '--id', '01980000-0000-7000-8000-000000000000', '--yes')
  expect(unknown.code).toBe(1)
  expect(unknown.err).toContain('use the id of a message')
  expect((await receiver('replay', '--id', 'x', '--yes')).code).toBe(1)
})

it.each([[[]], [['--quarantine', '--older']], [['--yes']]])(
  'refuses %j: it does not say what',
  async (words) => {
    const { code, err } = await receiver('replay', ...words)
    expect(code).toBe(1)
    expect(err).toContain('say what to replay')
  },
)
