import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR, MINUTE, startTimedService, type TimedService } from '../support/timed-service.ts'
import { be2billFields } from '../support/wire.ts'

/** When the row of an order is written, left alone, and removed. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService()
})
afterAll(async () => {
  await service.stop()
})

const SALE = { provider: 'be2bill', account: 'shop', channel: 'direct', amount: 500, currency: 'EUR' }

const rowsOf = async (orderId: string): Promise<Record<string, unknown>[]> => {
  const { rows } = await service.sql.query<Record<string, unknown>>(
    'SELECT *, xmin::text FROM orders WHERE order_id = $1',
    [orderId],
  )
  return rows
}

const pay = async (orderId: string, more: Record<string, string> = {}): Promise<void> => {
  await service.notify(
    'be2bill',
    'shop',
    be2billFields({ ORDERID: orderId, TRANSACTIONID: orderId, ...more }),
  )
  await service.settle()
}

describe('the row of an order', () => {
  it('is written by an announcement, and goes when that is withdrawn', async () => {
    const { body } = await service.call('POST', '/v1/expectations', { ...SALE, orderId: 'R-1' })
    expect(await rowsOf('R-1')).toMatchObject([
      { transactions: 0, announced_total: '500', paid: false, reason: 'request_in_flight', version: 1 },
    ])
    await service.call('DELETE', `/v1/expectations/${body.id}`)
    expect(await rowsOf('R-1')).toEqual([])
  })

  it('stays when a payment has come meanwhile, and was first seen with the announcement', async () => {
    const at = service.clock.now()
    const { body } = await service.call('POST', '/v1/expectations', { ...SALE, orderId: 'R-2' })
    await service.pass(MINUTE)
    await pay('R-2')
    expect(await rowsOf('R-2')).toMatchObject([{ first_seen_at: at, paid: true, announced_total: '500' }])
    await service.call('DELETE', `/v1/expectations/${body.id}`)
    const later = new Date(at.getTime() + MINUTE)
    expect(await rowsOf('R-2')).toMatchObject([
      { first_seen_at: later, announced_total: null, paid: true, paid_reason: 'money_covers' },
    ])
  })

  it('is left alone when it is judged again and nothing changes', async () => {
    await pay('R-3')
    const [before] = await rowsOf('R-3')
    await pay('R-3', { MESSAGE: 'told in other words' })
    await service.sql.query(`UPDATE transactions SET next_deadline_at = $1 WHERE reference = 'R-3'`, [
      service.clock.now(),
    ])
    await service.pass(MINUTE)
    const [{ version, updated_at: updatedAt } = {}] = await rowsOf('R-3')
    expect({ version, updatedAt }).toEqual({ version: 1, updatedAt: before?.['updated_at'] })
  })

  it('follows the clock with the sweep', async () => {
    await pay('R-4')
    await pay('R-4', { OPERATIONTYPE: 'refund', TRANSACTIONID: 'R-4b', AMOUNT: '20000' })
    expect(await rowsOf('R-4')).toMatchObject([
      { paid_reason: 'nothing_held', net_total: '-7610', version: 2 },
    ])
    await service.pass(24 * HOUR)
    expect(await rowsOf('R-4')).toMatchObject([
      { paid_reason: 'amount_unknown', net_total: null, reason: 'unbalanced', version: 3 },
    ])
    const { body } = await service.call('GET', '/v1/orders/be2bill/shop/R-4')
    expect(body).toMatchObject({ paidReason: 'amount_unknown', netTotal: null, reason: 'unbalanced' })
  })
})
