import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields } from '../support/wire.ts'

/** The list of everything that contradicts or is missing, page by page. */

let service: TestService

interface Item {
  id: string
  class: string
  provider: string
  account: string
  reference: string | null
  orderId: string | null
  amountAtRisk: number | null
  openedAt: string
  resolvedAt: string | null
  resolution: string | null
}

async function list(query = ''): Promise<{ items: Item[]; nextCursor: string | null }> {
  const answer = await service.api(`/v1/discrepancies${query}`)
  expect(answer.status, await answer.clone().text()).toBe(200)
  return (await answer.json()) as { items: Item[]; nextCursor: string | null }
}

async function contradict(reference: string, amount: number, order = `O-${reference}`): Promise<void> {
  await service.api('/v1/responses', {
    method: 'POST',
    body: JSON.stringify({
      provider: 'be2bill',
      account: 'shop',
      orderId: order,
      operation: 'payment',
      amount,
      currency: 'EUR',
      httpStatus: 200,
      body: { OPERATIONTYPE: 'payment', EXECCODE: '4001', TRANSACTIONID: reference, MESSAGE: 'm' },
    }),
  })
  await pay('be2bill', 'shop', reference, amount, order)
}

type Payment = [reference: string, amount: number, order: string]

async function pay(provider: string, account: string, ...[reference, amount, order]: Payment): Promise<void> {
  const identifier = provider === 'dalenys' ? { IDENTIFIER: 'Dalenys Shop' } : {}
  await service.notify(
    provider,
    account,
    be2billFields({
      OPERATIONTYPE: 'payment',
      TRANSACTIONID: reference,
      ORDERID: order,
      EXECCODE: '0000',
      AMOUNT: String(amount),
      ...identifier,
    }),
  )
  await service.settled()
}

beforeAll(async () => {
  service = await startTestService()
  for (const [index, reference] of ['C1', 'C2', 'C3', 'C4', 'C5'].entries())
    await contradict(reference, 100 * (index + 1))
  // Two payments of one order: a discrepancy of the order, not of either.
  await pay('dalenys', 'shop-dalenys', 'D1', 900, 'O-D')
  await pay('dalenys', 'shop-dalenys', 'D2', 700, 'O-D')
})
afterAll(() => service.stop())

describe('GET /v1/discrepancies', () => {
  it('lists transactions’ and orders’, the latest opened first, with the amount at risk', async () => {
    const { items, nextCursor } = await list()
    expect(items.map(({ reference, orderId, amountAtRisk }) => [reference, orderId, amountAtRisk])).toEqual([
      [null, 'O-D', 700],
      ['C5', 'O-C5', 500],
      ['C4', 'O-C4', 400],
      ['C3', 'O-C3', 300],
      ['C2', 'O-C2', 200],
      ['C1', 'O-C1', 100],
    ])
    expect(nextCursor).toBeNull()
    expect(items[0]).toMatchObject({ class: 'duplicate_payment', provider: 'dalenys', resolution: null })
  })

  it('pages without overlap or gap', async () => {
    const pages: Item[][] = []
    let cursor: string | null = null
    do {
      const page = await list(`?limit=4${cursor === null ? '' : `&cursor=${cursor}`}`)
      pages.push(page.items)
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(pages.map((page) => page.length)).toEqual([4, 2])
    expect(pages.flat()).toEqual((await list()).items)
  })

  it.each([
    ['?class=duplicate_payment', 1],
    ['?class=outcome_mismatch&account=shop', 5],
    ['?provider=hipay', 0],
    ['?provider=be2bill&account=shop-dalenys', 1],
    ['?provider=dalenys&account=shop-dalenys', 1],
    ['?account=elsewhere', 0],
    ['?open=true', 6],
    ['?open=false', 0],
  ])('%s finds %i', async (query, count) => {
    expect((await list(query)).items.length).toBe(count)
  })

  it('moves what an operator has closed from the open ones to the closed', async () => {
    const [last] = (await list('?open=true&class=outcome_mismatch')).items
    const answer = await service.api(`/v1/discrepancies/${last!.id}/resolve`, {
      method: 'POST',
      body: JSON.stringify({ note: 'the bank says captured' }),
    })
    expect(answer.status).toBe(200)
    expect((await list('?open=true')).items.map(({ id }) => id)).not.toContain(last!.id)
    const closed = (await list('?open=false')).items
    expect(closed).toMatchObject([{ id: last!.id, resolution: 'operator' }])
    expect(closed[0]?.resolvedAt).not.toBeNull()
  })

  const cursorOf = (parts: unknown): string => Buffer.from(JSON.stringify(parts)).toString('base64url')

  it.each(['nonsense', cursorOf(['yesterday', 'x']), cursorOf(['2026-04-01T00:00:00Z'])])(
    '400 for the cursor %s',
    async (cursor) => {
      const answer = await service.api(`/v1/discrepancies?cursor=${cursor}`)
      expect(answer.status).toBe(400)
    },
  )

  it('a cursor whose id was made up is no failure of ours', async () => {
    const { items } = await list(`?cursor=${cursorOf(['2020-01-01T00:00:00Z', "'; DROP TABLE x"])}`)
    expect(items).toEqual([])
  })

  it.each(['?class=nothing', '?open=perhaps', '?limit=500'])('400 for %s', async (query) => {
    expect((await service.api(`/v1/discrepancies${query}`)).status).toBe(400)
  })

  it('needs a key', async () => {
    expect((await fetch(`${service.url}/v1/discrepancies`)).status).toBe(401)
  })
})
