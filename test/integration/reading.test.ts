import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** Everything below is received at one of two instants, so that pages have to tell equal times apart. */
const FIRST = new Date('2026-04-01T12:00:00.000Z')
const SECOND = new Date('2026-04-02T12:00:00.000Z')

let service: TestService
let now = FIRST

interface Item {
  provider: string
  account: string
  reference: string
  status: string
  firstSeenAt: string
}

interface Page {
  items: Item[]
  nextCursor: string | null
}

beforeAll(async () => {
  service = await startTestService({
    clock: { ...systemClock, now: () => now },
  })
  for (let index = 0; index < 25; index += 1)
    await notify('be2bill', { TRANSACTIONID: `T${String(index)}`, ORDERID: 'O' })
  await notify('be2bill', { OPERATIONTYPE: 'authorization', TRANSACTIONID: 'AUTH1', ORDERID: 'O-auth' })
  await notify('be2bill', { OPERATIONTYPE: 'capture', TRANSACTIONID: 'LOOSE', ORDERID: 'O-loose' })
  await notify('be2bill', { TRANSACTIONID: 'T-declined', ORDERID: 'O-declined', EXECCODE: '4001' })
  await service.notify(
    'dalenys',
    'shop-dalenys',
    be2billFields({ IDENTIFIER: 'Dalenys Shop', TRANSACTIONID: 'T1' }),
  )
  await service.settled()
  now = SECOND
  await service.notify('hipay', 'shop', hipayFields({ transaction_reference: '900000000001', test: 'true' }))
  await service.notify('hipay', 'shop', hipayFields({ transaction_reference: '900000000002', status: '188' }))
  await service.settled()
})
afterAll(async () => {
  await service.stop()
})

const notify = async (account: string, fields: Record<string, string>): Promise<void> => {
  const answer = await service.notify(account, 'shop', be2billFields(fields))
  expect(answer.status).toBe(200)
}

async function read<Body>(path: string): Promise<Body> {
  const answer = await service.api(path)
  expect({ path, status: answer.status }).toEqual({ path, status: 200 })
  return (await answer.json()) as Body
}

const list = async (query: string): Promise<Page> => read<Page>(`/v1/transactions?${query}`)
const references = async (query: string): Promise<string[]> =>
  (await list(`limit=200&${query}`)).items.map(({ reference }) => reference).sort()

const keyOf = ({ provider, account, reference }: Item): string => `${provider}/${account}/${reference}`

async function pages(limit: number, query = ''): Promise<Item[][]> {
  const all: Item[][] = []
  let cursor = ''
  for (;;) {
    const page = await list(`limit=${String(limit)}${cursor}${query}`)
    all.push(page.items)
    if (page.nextCursor === null) return all
    cursor = `&cursor=${page.nextCursor}`
  }
}

describe('the list of transactions', () => {
  it.each([1, 2, 7, 15, 30, 200])(
    'is whole in pages of %i: no item twice, none left out, newest first',
    async (limit) => {
      const all = await pages(limit)
      const items = all.flat()
      expect(items).toHaveLength(31)
      expect(new Set(items.map(keyOf)).size).toBe(31)
      expect(all.every((page) => page.length <= limit)).toBe(true)
      expect(all.at(-1)).not.toEqual([])
      const times = items.map(({ firstSeenAt }) => firstSeenAt)
      expect(times).toEqual([...times].sort().reverse())
      expect(items.map(keyOf)).toEqual((await pages(200)).flat().map(keyOf))
    },
  )

  it('goes on where it was although something new arrived in between', async () => {
    const first = await list('limit=10&provider=be2bill&account=shop&status=captured')
    now = new Date('2026-04-03T12:00:00.000Z')
    await notify('be2bill', { TRANSACTIONID: 'LATE', ORDERID: 'O-late' })
    await service.settled()
    const rest = await list(
      `limit=200&provider=be2bill&account=shop&status=captured&cursor=${first.nextCursor ?? ''}`,
    )
    const seen = [...first.items, ...rest.items].map(keyOf)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).not.toContain('be2bill/shop/LATE')
    expect(seen).toHaveLength(26)
    await service.sql.query(`DELETE FROM transactions WHERE reference = 'LATE'`)
  })

  it.each<[string, string[]]>([
    ['status=authorized', ['AUTH1']],
    ['status=declined', ['T-declined']],
    ['status=unrecognized', ['900000000002']],
    ['provider=hipay', ['900000000001', '900000000002']],
    ['provider=dalenys', ['T1']],
    ['provider=be2bill&account=shop-dalenys', ['T1']],
    ['provider=dalenys&account=shop&status=authorized', ['AUTH1']],
    ['account=sha1', []],
    ['account=nobody', []],
    ['orderId=O-auth', ['AUTH1']],
    ['orderId=o-auth', []],
    ['linked=false', ['LOOSE']],
    ['linked=true&provider=hipay', ['900000000001', '900000000002']],
    ['test=true', ['900000000001', '900000000002']],
    ['test=false', []],
    ['reconciliation=awaiting_response&provider=hipay', ['900000000001']],
    ['reconciliation=discrepant&orderId=O-auth', []],
    ['overdue=true', []],
    ['overdue=false&status=declined', ['T-declined']],
    ['from=2026-04-02T12:00:00Z', ['900000000001', '900000000002']],
    ['from=2026-04-02T14:00:00%2B02:00', ['900000000001', '900000000002']],
    ['from=2026-04-02T12:00:00.001Z', []],
    ['to=2026-04-01T12:00:00Z', []],
    ['to=2026-04-01T12:00:00.001Z&status=authorized', ['AUTH1']],
    ['status=captured&provider=hipay', ['900000000001']],
  ])('?%s', async (query, expected) => {
    expect(await references(query)).toEqual(expected)
  })

  it.each([
    'x',
    'bm90IGpzb24',
    Buffer.from('[]').toString('base64url'),
    Buffer.from('["2026-04-01T12:00:00.000Z","a","b"]').toString('base64url'),
    Buffer.from('["2026-04-01T12:00:00.000Z","a","b","c","d"]').toString('base64url'),
    Buffer.from('["2026-04-01T12:00:00.000Z","a","b",1]').toString('base64url'),
    Buffer.from('["2026-04-01T12:00:00.000Z","a","b","\\u0000"]').toString('base64url'),
    Buffer.from('["2026-04-01T12:00:00.000Z","a","b","\\ud800"]').toString('base64url'),
    Buffer.from('["yesterday","a","b","c"]').toString('base64url'),
    Buffer.from('["-271821-04-20T00:00:00.000Z","a","b","c"]').toString('base64url'),
    Buffer.from('["0000-01-01T00:00:00.000Z","a","b","c"]').toString('base64url'),
    Buffer.from('{"0":"2026-04-01T12:00:00.000Z","length":4}').toString('base64url'),
    Buffer.from('null').toString('base64url'),
  ])('refuses the cursor %s', async (cursor) => {
    const answer = await service.api(`/v1/transactions?cursor=${cursor}`)
    expect(answer.status).toBe(400)
    const problem = (await answer.json()) as { code: string; detail: string }
    expect(problem.code).toBe('invalid_request')
    expect(problem.detail).toMatch(/^cursor/)
  })
})

describe('ids of any characters', () => {
  const ids: [string, string][] = [
    ['slashes', 'a/b//c/'],
    ['blanks', ' a b '],
    ['dots', 'a..b.'],
    ['an escape', '%2F%25'],
    ['a question and a number sign', 'a?b#c&d=e'],
    ['a plus', 'a+b'],
    ['255 characters of three bytes', '日'.repeat(255)],
    ['126 characters of four bytes', '😀'.repeat(126)],
    ['quotes', `'";--`],
    ['capitals', 'ABC'],
  ]

  it.each(ids)('%s: an order and its payments are found by them', async (_what, orderId) => {
    const reference = Array.from(`R-${orderId}`).slice(0, 255).join('')
    await notify('be2bill', { TRANSACTIONID: reference, ORDERID: orderId })
    await service.settled()
    const path = encodeURIComponent(orderId)
    const order = await read<{ orderId: string; paid: boolean; transactions: Item[] }>(
      `/v1/orders/be2bill/shop/${path}`,
    )
    expect(order).toMatchObject({
      orderId,
      paid: true,
      transactions: [{ reference: reference }],
    })
    const found = await list(`orderId=${path}`)
    expect(found.items.map((item) => item.reference)).toEqual([reference])
    const transaction = await read<Item>(`/v1/transactions/be2bill/shop/${encodeURIComponent(reference)}`)
    expect(transaction).toMatchObject({ reference: reference, orderId })
  })

  it('stand in cursors too', async () => {
    const all = (await pages(1, '&from=2026-04-02T12:00:00.001Z')).flat()
    expect(all).toHaveLength(ids.length)
    expect(new Set(all.map(keyOf)).size).toBe(ids.length)
  })
})

describe('either word of a name space', () => {
  it.each(['be2bill', 'dalenys'])('%s finds the account, and the stored word answers', async (word) => {
    expect(await read(`/v1/transactions/${word}/shop/AUTH1`)).toMatchObject({
      provider: 'be2bill',
      reference: 'AUTH1',
    })
    expect(await read(`/v1/transactions/${word}/shop-dalenys/T1`)).toMatchObject({ provider: 'dalenys' })
    expect(await read(`/v1/orders/${word}/shop/O-auth`)).toMatchObject({
      provider: 'be2bill',
      orderId: 'O-auth',
    })
    const events = await read<{ items: { provider: string }[] }>(`/v1/transactions/${word}/shop/AUTH1/events`)
    expect(events.items).toMatchObject([{ provider: 'be2bill', schemaVersion: 1 }])
  })

  it('one reference of two accounts is two transactions', async () => {
    expect(await read('/v1/transactions/be2bill/shop/T1')).toMatchObject({ account: 'shop' })
    expect(await read('/v1/transactions/be2bill/shop-dalenys/T1')).toMatchObject({ account: 'shop-dalenys' })
  })
})

describe('an absorbed reference', () => {
  it('answers its root, its events included', async () => {
    await notify('be2bill', {
      OPERATIONTYPE: 'capture',
      TRANSACTIONID: 'CHILD',
      ORDERID: 'O-auth',
      AMOUNT: '100',
    })
    const answer = await service.api('/v1/responses', {
      method: 'POST',
      body: JSON.stringify({
        provider: 'be2bill',
        account: 'shop',
        orderId: 'O-auth',
        operation: 'capture',
        parentReference: 'AUTH1',
        body: { OPERATIONTYPE: 'capture', EXECCODE: '0000', MESSAGE: 'm', TRANSACTIONID: 'CHILD' },
      }),
    })
    expect(answer.status).toBe(202)
    await service.settled()
    expect(await read('/v1/transactions/be2bill/shop/CHILD')).toMatchObject({
      reference: 'AUTH1',
      capturedTotal: 100,
    })
    const events = await read<{ items: { reference: string }[] }>(
      '/v1/transactions/be2bill/shop/CHILD/events',
    )
    expect(new Set(events.items.map(({ reference }) => reference))).toEqual(new Set(['AUTH1', 'CHILD']))
  })
})
