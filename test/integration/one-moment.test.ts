import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields } from '../support/wire.ts'

/**
 * An answer that takes more than one reading shows one moment. A transaction that holds a table makes the answer wait in the
 * middle, changes what was read already and what is still to be read, and commits.
 */

let service: TestService

interface Shown {
  version: number
  discrepancies: { version: number }[]
}

interface Order {
  announcedTotal: number | null
  transactions: Shown[]
}

beforeAll(async () => {
  service = await startTestService()
  const announced = { provider: 'be2bill', account: 'shop', orderId: 'O-1', amount: 12390, currency: 'EUR' }
  const answer = await service.api('/v1/expectations', { method: 'POST', body: JSON.stringify(announced) })
  expect(answer.status).toBe(201)
  for (const reference of ['M1', 'M2'])
    await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: reference, ORDERID: 'O-1' }))
  await service.settled()
  await service.sql.query(
    `INSERT INTO discrepancies (id, key, provider, account, reference, order_id, class, response, notification, opened_at)
     VALUES (gen_random_uuid(), 'k', 'be2bill', 'shop', 'M1', 'O-1', 'amount_mismatch', '{}', '{}', now())`,
  )
  await service.sql.query('UPDATE transactions SET version = 1')
})
afterAll(async () => {
  await service.stop()
})

/** What is answered while all that the answer shows changes between two of its readings. */
async function readAmidChange<Body>(path: string): Promise<Body> {
  const writer = await service.sql.connect()
  try {
    await writer.query('BEGIN')
    await writer.query('LOCK TABLE discrepancies IN ACCESS EXCLUSIVE MODE')
    const answer = service.api(path)
    const waiting = async (): Promise<number> => {
      const { rows } = await service.sql.query<{ waiting: number }>(
        `SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted AND relation = 'discrepancies'::regclass`,
      )
      return rows[0]?.waiting ?? 0
    }
    await expect.poll(waiting, { timeout: 10_000 }).toBe(1)
    await writer.query('UPDATE discrepancies SET version = version + 1')
    await writer.query('UPDATE transactions SET version = version + 1')
    await writer.query(`UPDATE expectations SET withdrawn_at = now()`)
    await writer.query('COMMIT')
    return (await (await answer).json()) as Body
  } finally {
    writer.release(true)
  }
}

const oneMoment = ({ version, discrepancies }: Shown): boolean =>
  discrepancies.length === 1 && discrepancies[0]?.version === version

describe('one answer shows one moment', () => {
  it('of an order: what is judged anew and what is saved', async () => {
    const { announcedTotal, transactions } = await readAmidChange<Order>('/v1/orders/be2bill/shop/O-1')
    const shown = transactions.find(({ discrepancies }) => discrepancies.length > 0)
    expect(shown && oneMoment(shown)).toBe(true)
    expect({ announcedTotal, version: shown?.version }).toEqual(
      shown?.version === 1 ? { announcedTotal: 12390, version: 1 } : { announcedTotal: null, version: 2 },
    )
  })

  it('of a transaction', async () => {
    expect(oneMoment(await readAmidChange<Shown>('/v1/transactions/be2bill/shop/M1'))).toBe(true)
  })

  it('of a list of transactions', async () => {
    const { items } = await readAmidChange<{ items: Shown[] }>('/v1/transactions?orderId=O-1')
    expect(items.filter(({ discrepancies }) => discrepancies.length > 0).map(oneMoment)).toEqual([true])
  })
})
