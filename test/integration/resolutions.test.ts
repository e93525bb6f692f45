import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  MINUTE,
  startTimedService,
  type Answer,
  type DiscrepancyJson,
  type TimedService,
} from '../support/timed-service.ts'
import { be2billFields } from '../support/wire.ts'

let service: TimedService

beforeAll(async () => {
  service = await startTimedService()
})
afterAll(async () => {
  await service.stop()
})

const resolve = async (id: string, body: object, role?: string): Promise<Answer> =>
  service.call('POST', `/v1/discrepancies/${id}/resolve`, body, role)

const order = async (orderId: string): Promise<Answer> =>
  service.call('GET', `/v1/orders/be2bill/shop/${orderId}`)

const transaction = async (reference: string): Promise<Answer> =>
  service.call('GET', `/v1/transactions/be2bill/shop/${reference}`)

const notify = async (
  TRANSACTIONID: string,
  ORDERID: string,
  more: Record<string, string> = {},
): Promise<void> => {
  await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID, ORDERID, ...more }))
  await service.settle()
}

const answer = async (reference: string, orderId: string, execCode = '0000'): Promise<void> => {
  const body = { OPERATIONTYPE: 'payment', EXECCODE: execCode, MESSAGE: 'm', TRANSACTIONID: reference }
  const asked = { operation: 'payment', amount: 12390, currency: 'EUR' }
  await service.respond({ provider: 'be2bill', account: 'shop', orderId, ...asked, body })
  await service.settle()
}

/** A call whose connection was lost, told as missing once its time had come. */
async function lostCall(orderId: string): Promise<DiscrepancyJson> {
  const asked = { operation: 'payment', amount: 700, currency: 'EUR' }
  await service.respond(
    { provider: 'be2bill', account: 'shop', orderId, ...asked, error: 'timeout' },
    orderId,
  )
  await service.settle()
  await service.pass(15 * MINUTE)
  const [found] = (await order(orderId)).body.discrepancies
  return found!
}

describe('a call that names its operation and nothing else', () => {
  it('is missed after its deadline, listed, and closed by an operator', async () => {
    const asked = { operation: 'refund', operationId: 'op-1', amount: 700, currency: 'EUR' }
    await service.respond({ provider: 'be2bill', account: 'shop', ...asked, error: 'timeout' })
    await service.settle()
    await service.pass(15 * MINUTE)
    const open = async () => {
      const { body } = await service.call('GET', '/v1/discrepancies?open=true')
      return body.items.filter(({ reference }) => reference === 'operation:op-1')
    }
    const [missed] = await open()
    expect(missed).toMatchObject({ class: 'missing_notification', amountAtRisk: 700, orderId: null })
    const { status } = await resolve(missed!.id, { note: 'never sent', outcome: 'not_processed' })
    expect(status).toBe(200)
    expect(await open()).toEqual([])
  })
})

describe('a contradiction', () => {
  it('is closed by what the operator found out, and kept with it', async () => {
    await answer('P1', 'R-1', '4001')
    await notify('P1', 'R-1')
    const before = (await transaction('P1')).body
    expect(before).toMatchObject({ reconciliation: 'discrepant', status: 'captured' })
    const { id } = before.discrepancies[0]!
    const { status, body } = await resolve(id, { note: 'captured, says the back office' })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id,
      class: 'outcome_mismatch',
      reference: 'P1',
      orderId: 'R-1',
      resolvedAt: service.clock.now().toISOString(),
      resolution: 'operator',
    })
    const after = (await transaction('P1')).body
    expect(after).toMatchObject({ reconciliation: 'matched', status: 'captured' })
    expect(after.discrepancies).toMatchObject([{ id, resolvedAt: service.clock.now().toISOString() }])
    const { rows } = await service.sql.query(
      'SELECT note, outcome, author FROM resolutions WHERE discrepancy_id = $1',
      [id],
    )
    expect(rows).toEqual([
      { note: 'captured, says the back office', outcome: null, author: 'ingest+read+operate' },
    ])
  })

  it('stays closed when the same is said again, and leaves others to open', async () => {
    await answer('P2', 'R-2', '4001')
    await notify('P2', 'R-2')
    const { id } = (await transaction('P2')).body.discrepancies[0]!
    await resolve(id, { note: 'known' })
    await notify('P2', 'R-2', { MESSAGE: 'told again' })
    expect((await transaction('P2')).body).toMatchObject({
      reconciliation: 'matched',
      discrepancies: [{ id }],
    })
    await notify('P2', 'R-2', { AMOUNT: '99', CURRENCY: 'USD' })
    const { discrepancies } = (await transaction('P2')).body
    expect(
      discrepancies.filter(({ resolvedAt }) => resolvedAt === null).map((found) => found.class),
    ).toContain('currency_mismatch')
  })

  it('of an order is closed on its payments too', async () => {
    for (const reference of ['P3', 'P4']) {
      await answer(reference, 'R-3')
      await notify(reference, 'R-3')
    }
    expect((await transaction('P4')).body.reconciliation).toBe('discrepant')
    const [duplicate] = (await order('R-3')).body.discrepancies
    expect(duplicate).toMatchObject({ class: 'duplicate_payment' })
    const { body } = await resolve(duplicate!.id, { note: 'two baskets under one number' })
    expect(body).toMatchObject({ reference: null, orderId: 'R-3', resolution: 'operator' })
    expect((await transaction('P3')).body.reconciliation).toBe('matched')
    expect((await transaction('P4')).body.reconciliation).toBe('matched')
  })
})

describe('a call of unknown outcome', () => {
  it('is safe to repeat once an operator says that nothing was processed, not before', async () => {
    const { id } = await lostCall('R-4')
    expect((await order('R-4')).body).toMatchObject({
      safeToRetry: false,
      reason: 'request_of_unknown_outcome',
    })
    expect((await resolve(id, { note: 'asked the provider' })).body.resolvedAt).not.toBeNull()
    expect((await order('R-4')).body).toMatchObject({ safeToRetry: false })
    await service.clock.advance(MINUTE)
    // A note closed the discrepancy; the outcome, once known, is a further word on it.
    const { status } = await resolve(id, { note: 'it never reached them', outcome: 'not_processed' })
    expect(status).toBe(200)
    expect((await order('R-4')).body).toMatchObject({ safeToRetry: true, reason: 'nothing_stands' })
    const { rows } = await service.sql.query(
      'SELECT count(*)::int FROM resolutions WHERE discrepancy_id = $1',
      [id],
    )
    expect(rows).toEqual([{ count: 2 }])
  })

  it('that an operator denied counts again when it is notified after all', async () => {
    const { id } = await lostCall('R-5')
    await resolve(id, { note: 'nothing there', outcome: 'not_processed' })
    await notify('P5', 'R-5', { AMOUNT: '700' })
    expect((await order('R-5')).body).toMatchObject({ paid: true, safeToRetry: false, reason: 'money_held' })
  })

  it('on an unknown payment is found by the reference that it acted on', async () => {
    const lost = {
      provider: 'be2bill',
      account: 'shop',
      operation: 'refund',
      parentReference: 'P9',
      amount: 300,
    }
    await service.respond({ ...lost, error: 'network' }, 'P9')
    await service.settle()
    await service.pass(15 * MINUTE)
    const open = async () =>
      (
        await service.sql.query<{ id: string }>(
          `SELECT id, class, amount_at_risk::int FROM discrepancies WHERE reference = 'P9' AND resolved_at IS NULL`,
        )
      ).rows
    expect(await open()).toMatchObject([{ class: 'missing_notification', amount_at_risk: 300 }])
    const [{ id } = { id: '' }] = await open()
    expect((await resolve(id, { note: 'no such payment', outcome: 'not_processed' })).body).toMatchObject({
      reference: 'P9',
      resolution: 'operator',
    })
    expect(await open()).toEqual([])
  })
})

describe('refused', () => {
  it('is what evidence has settled', async () => {
    const { id } = await lostCall('R-6')
    await notify('P6', 'R-6', { AMOUNT: '700' })
    const { status, body } = await resolve(id, { note: 'too late' })
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'discrepancy_settled' })
    const { rows } = await service.sql.query('SELECT FROM resolutions WHERE discrepancy_id = $1', [id])
    expect(rows).toEqual([])
  })

  it.each(['01a1fa05-9d33-741d-8f98-69a4682b7f97', 'nonsense'])('is the unknown id %s', async (id) => {
    const { status, body } = await resolve(id, { note: 'who is that' })
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: 'unknown_discrepancy' })
  })

  it('is a statement without a note, with another outcome, or by a key that may not', async () => {
    const { id } = await lostCall('R-7')
    for (const body of [
      {},
      { note: '  ' },
      { note: 'x'.repeat(2_001) },
      { note: 'x', outcome: 'paid' },
      { note: 'x', by: 'me' },
    ]) {
      expect((await resolve(id, body)).status).toBe(400)
    }
    expect((await resolve(id, { note: 'x' }, 'ingest')).status).toBe(403)
    expect((await resolve(id, { note: 'x'.repeat(2_000) }, 'operate')).status).toBe(200)
  })
})
