import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { api, eventually } from './support/http.ts'
import { directoryWithDatabase } from './support/prepared-cluster.ts'
import { cleanUp, inventedBy, ROOT, runToEnd, startService, type RunningService } from './support/service.ts'

/** What operators look at from a terminal: one message, the audit log, and a file for finance. */

const DATA_KEYS = `2026:${randomBytes(32).toString('base64')}`
let directory: string
let service: RunningService

const receiver = (...args: readonly string[]) =>
  runToEnd(process.execPath, [join(ROOT, 'src/cli/main.ts'), ...args], {
    DATA_DIRECTORY: directory,
    DATA_KEYS,
  })

interface Listed {
  items: { id: string; state: string; references: string[] }[]
}
interface Audit {
  items: { actor: string; action: string; target: Record<string, string>; count: number | null }[]
}
const get = async <Answer>(path: string): Promise<Answer> =>
  (await api(service.url, inventedBy(directory).apiKey).get(path)).body as Answer

beforeAll(async () => {
  directory = await directoryWithDatabase()
  service = await startService(directory, { DATA_KEYS })
  const sent = [
    'send',
    'be2bill',
    'payment',
    '0000',
    '--reference',
    'A77',
    '--order',
    'O-77',
    '--url',
    service.url,
  ]
  expect(await receiver(...sent)).toMatchObject({ code: 0 })
  await eventually(async () => {
    expect((await get<Listed>('/v1/inbox?reference=A77&state=processed')).items).toHaveLength(1)
  })
})
afterAll(cleanUp)

describe('npm run receiver', () => {
  it('inbox show prints a message, its redacted body and what came of it, and notes the look', async () => {
    const [message] = (await get<Listed>('/v1/inbox?reference=A77')).items
    const shown = await receiver('inbox', 'show', message!.id)
    expect(shown.code).toBe(0)
    for (const words of [
      message!.id,
      'processed',
      'captured',
      'payments: A77',
      'orders: O-77',
      'TRANSACTIONID=A77',
    ])
      expect(shown.output).toContain(words)
    const json = await receiver('inbox', 'show', message!.id, '--json')
    expect(JSON.parse(json.output)).toMatchObject({ ok: true, id: message!.id, transactions: ['A77'] })
    const { items } = await get<Audit>('/v1/audit?action=show_body')
    expect(items.map(({ actor, target }) => [actor, target['inboxId']])).toEqual([
      [`cli:${userInfo().username}`, message!.id],
      [`cli:${userInfo().username}`, message!.id],
    ])
  })

  it('inbox show exits 1 in words for an id that is not there', async () => {
    const { code, output } = await receiver('inbox', 'show', '00000000-0000-7000-8000-000000000000')
    expect([code, output]).toEqual([1, expect.stringContaining('GET /v1/inbox')])
  })

  it('what commands did is in the audit log, with the user of the operating system', async () => {
    expect(await receiver('rotate-keys')).toMatchObject({ code: 0 })
    const { items } = await get<Audit>('/v1/audit?action=rotate_keys')
    expect(items.map(({ actor, target, count }) => [actor, target['stage'], count])).toEqual([
      [`cli:${userInfo().username}`, 'ended', 0],
      [`cli:${userInfo().username}`, 'begun', null],
    ])
  })

  it('export writes rows to one stream and what it has to say to the other', async () => {
    const { code, output } = await receiver('export', '--from', '2020-01-01', '--to', '2999-12-31')
    expect(code).toBe(0)
    expect(output).toMatch(
      /^kind,provider,account,order_id,reference,.*\r\npayment,be2bill,shop-be2bill,O-77,A77,/,
    )
    expect(output).toContain('1 rows.')
  })

  it.each([
    [['export', '--from', 'yesterday', '--to', '2026-01-01'], '2026-11-01'],
    [['export', '--from', '2026-01-01'], '--to'],
    [['export', '--from', '2026-01-02', '--to', '2026-01-01'], '--from'],
  ])('refuses %j in words', async (args, words) => {
    const { code, output } = await receiver(...args)
    expect([code, output]).toEqual([1, expect.stringContaining(words)])
  })

  it.each([['inbox', 'show'], ['export']])('%s explains itself with an example', async (...command) => {
    const { code, output } = await receiver(...command, '--help')
    expect([code, output]).toEqual([0, expect.stringContaining('receiver -- ')])
  })
})
