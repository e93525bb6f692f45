import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startTestService, type TestService } from '../support/service.ts'
import {
  startTimedService,
  type Answer,
  type DiscrepancyJson,
  type TimedService,
} from '../support/timed-service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** an operator's word covers what was seen, and no more. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService()
})
afterAll(async () => {
  await service.stop()
})

const resolve = async (id: string, more: object = {}): Promise<Answer> =>
  service.call('POST', `/v1/discrepancies/${id}/resolve`, { note: 'looked at it', ...more })

const pay = async (reference: string, orderId: string, AMOUNT: string): Promise<void> => {
  const fields = be2billFields({ TRANSACTIONID: reference, ORDERID: orderId, AMOUNT })
  await service.notify('be2bill', 'shop', fields)
  await service.settle()
}

const shown = async (path: string): Promise<DiscrepancyJson[]> =>
  (await service.call('GET', path)).body.discrepancies
const ofOrder = async (orderId: string): Promise<DiscrepancyJson[]> =>
  shown(`/v1/orders/be2bill/shop/${orderId}`)
const open = (found: readonly DiscrepancyJson[]): DiscrepancyJson[] =>
  found.filter(({ resolvedAt }) => resolvedAt === null)

const statements = async (id: string): Promise<{ covers: { amountAtRisk: number | null } }[]> => {
  const { rows } = await service.sql.query<{ covers: { amountAtRisk: number | null } }>(
    'SELECT covers FROM resolutions WHERE discrepancy_id = $1',
    [id],
  )
  return rows
}

/** Two payments of one order, the smaller of 5.00. */
async function doublePayment(orderId: string): Promise<DiscrepancyJson> {
  await pay(`${orderId}-1`, orderId, '12390')
  await pay(`${orderId}-2`, orderId, '500')
  const [duplicate] = await ofOrder(orderId)
  expect(duplicate).toMatchObject({
    class: 'duplicate_payment',
    amountAtRisk: 500,
    version: 1,
    formerId: null,
  })
  return duplicate!
}

describe('the version that was looked at', () => {
  it('is refused once a third payment has arrived, and nothing is covered', async () => {
    const { id, version } = await doublePayment('V-1')
    await pay('V-1-3', 'V-1', '990000')
    const { status, body } = await resolve(id, { version })
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'discrepancy_changed' })
    expect(body.detail).toContain('2')
    expect(await statements(id)).toEqual([])
    expect(await ofOrder('V-1')).toMatchObject([{ id, version: 2, amountAtRisk: 12890, resolvedAt: null }])
    expect((await resolve(id, { version: 2 })).body).toMatchObject({ id, version: 2, resolution: 'operator' })
  })

  it('left out covers what is open by then', async () => {
    const { id } = await doublePayment('V-2')
    await pay('V-2-3', 'V-2', '990000')
    expect((await resolve(id)).status).toBe(200)
    expect(open(await ofOrder('V-2'))).toEqual([])
    expect(await statements(id)).toMatchObject([{ covers: { amountAtRisk: 12890 } }])
  })

  it('is the same while nothing of it changes', async () => {
    const { id } = await doublePayment('V-3')
    await service.notify(
      'be2bill',
      'shop',
      be2billFields({ TRANSACTIONID: 'V-3-2', ORDERID: 'V-3', AMOUNT: '500', MESSAGE: 'told again' }),
    )
    await service.settle()
    expect((await resolve(id, { version: 1 })).status).toBe(200)
  })

  it.each([0, 1.5, '1', null])('is no %s', async (version) => {
    const { status, body } = await resolve('01a1fa05-9d33-741d-8f98-69a4682b7f97', { version })
    expect(status).toBe(400)
    expect(body.detail).toContain('version')
  })
})

describe('what grows beyond the statement', () => {
  it('opens again and names the former, in every list and view', async () => {
    const { id: formerId } = await doublePayment('G-1')
    await resolve(formerId, { version: 1 })
    expect(open(await ofOrder('G-1'))).toEqual([])
    await pay('G-1-3', 'G-1', '990000')
    const [again, ...others] = open(await ofOrder('G-1'))
    expect(others).toEqual([])
    expect(again).toMatchObject({ class: 'duplicate_payment', amountAtRisk: 12890, version: 1, formerId })
    expect(again!.id).not.toBe(formerId)
    const { body } = await service.call('GET', '/v1/discrepancies?open=true&class=duplicate_payment')
    expect(body.items.find(({ id }) => id === again!.id)).toMatchObject({ formerId, version: 1 })
    const { rows } = await service.sql.query(
      'SELECT version, former_id FROM ops.open_discrepancies WHERE id = $1',
      [again!.id],
    )
    expect(rows).toEqual([{ version: 1, former_id: formerId }])
  })

  it('is told in the log after the commit', async () => {
    const { id: formerId } = await doublePayment('G-2')
    await resolve(formerId)
    // Announcing judges the order in the service itself.
    await service.sql.query(
      `UPDATE resolutions SET covers = jsonb_set(covers, '{amountAtRisk}', '1') WHERE discrepancy_id = $1`,
      [formerId],
    )
    await service.call('POST', '/v1/expectations', { provider: 'be2bill', account: 'shop', orderId: 'G-2' })
    const [again] = open(await ofOrder('G-2'))
    const line = service.logs.find((text) => text.includes(again!.id))
    expect(JSON.parse(line!)).toMatchObject({ formerId, class: 'duplicate_payment', level: 'warn' })
  })

  it('opens again for an over-capture that was closed as a cent', async () => {
    const counted = (captured_amount: string, status: string) =>
      hipayFields({
        ...{ transaction_reference: '900000004001', order: { id: 'G-3' }, status },
        ...{ authorized_amount: '100.00', captured_amount },
      })
    for (const fields of [counted('0.00', '116'), counted('100.01', '118')])
      await service.notify('hipay', 'shop', fields)
    await service.settle()
    const path = '/v1/transactions/hipay/shop/900000004001'
    const [excess] = open(await shown(path)).filter(({ class: found }) => found === 'amount_mismatch')
    expect(excess).toMatchObject({ amountAtRisk: 1 })
    await resolve(excess!.id, { version: excess!.version })
    await service.notify('hipay', 'shop', {
      ...counted('9000.00', '118'),
      date_updated: '2026-04-02T12:00:00+0000',
    })
    await service.settle()
    const [again] = open(await shown(path)).filter(({ class: found }) => found === 'amount_mismatch')
    expect(again).toMatchObject({ amountAtRisk: 890000, formerId: excess!.id })
  })

  it('names the latest of several', async () => {
    const { id } = await doublePayment('G-4')
    await resolve(id)
    await pay('G-4-3', 'G-4', '600')
    const [second] = open(await ofOrder('G-4'))
    await resolve(second!.id)
    await pay('G-4-4', 'G-4', '700')
    expect(open(await ofOrder('G-4'))).toMatchObject([{ formerId: second!.id }])
  })

  it('does not open for less, nor for as much again', async () => {
    const counted = async (reference: string, status: string, amounts: [string, string], minute: string) => {
      const [captured_amount, refunded_amount] = amounts
      await service.notify(
        'hipay',
        'shop',
        hipayFields({
          ...{
            transaction_reference: reference,
            order: { id: 'G-5' },
            status,
            captured_amount,
            refunded_amount,
          },
          ...{ authorized_amount: captured_amount, date_updated: `2026-04-01T10:${minute}:00+0000` },
        }),
      )
      await service.settle()
    }
    const order = '/v1/orders/hipay/shop/G-5'
    await counted('900000004101', '118', ['123.90', '0.00'], '01')
    await counted('900000004102', '118', ['50.00', '0.00'], '02')
    const [duplicate] = open(await shown(order))
    expect(duplicate).toMatchObject({ class: 'duplicate_payment', amountAtRisk: 5000 })
    await resolve(duplicate!.id)
    // Refunded in part, and then the refund is refused after all.
    await counted('900000004102', '126', ['50.00', '20.00'], '03')
    expect(open(await shown(order))).toEqual([])
    await counted('900000004102', '165', ['50.00', '0.00'], '04')
    expect((await service.call('GET', order)).body).toMatchObject({ netTotal: 17390 })
    expect(open(await shown(order))).toEqual([])
  })

  it('opens again for a third order that a payment names', async () => {
    const name = async (ORDERID: string): Promise<DiscrepancyJson[]> => {
      await pay('G-6', ORDERID, '500')
      return open(await shown('/v1/transactions/be2bill/shop/G-6')).filter(
        ({ class: found }) => found === 'order_mismatch',
      )
    }
    await name('G-6a')
    const [two] = await name('G-6b')
    await resolve(two!.id, { version: 1 })
    expect(await name('G-6b')).toEqual([])
    expect(await name('G-6c')).toMatchObject([{ formerId: two!.id }])
  })
})

describe('separate payments', () => {
  it('covers later ones too', async () => {
    const { id } = await doublePayment('S-1')
    const { status } = await resolve(id, { outcome: 'separate_payments' })
    expect(status).toBe(200)
    await pay('S-1-3', 'S-1', '990000')
    expect(open(await ofOrder('S-1'))).toEqual([])
    const { rows } = await service.sql.query('SELECT outcome FROM resolutions WHERE discrepancy_id = $1', [
      id,
    ])
    expect(rows).toEqual([{ outcome: 'separate_payments' }])
  })

  it('is said of a double payment only', async () => {
    await service.call('POST', '/v1/expectations', {
      ...{ provider: 'be2bill', account: 'shop', orderId: 'S-2', amount: 20000, currency: 'EUR' },
    })
    await pay('S-2-1', 'S-2', '12390')
    const [short] = await ofOrder('S-2')
    expect(short).toMatchObject({ class: 'amount_mismatch' })
    const { status, body } = await resolve(short!.id, { outcome: 'separate_payments' })
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'invalid_request' })
    expect(body.detail).toContain('outcome')
    expect(await statements(short!.id)).toEqual([])
  })
})

describe('a payment and an operator at once, on two replicas', () => {
  let database: TestDatabase
  let replicas: TestService[]
  beforeAll(async () => {
    database = await createTestDatabase()
    replicas = await Promise.all([1, 2].map(async () => startTestService({ database })))
  })
  afterAll(async () => {
    await Promise.all(replicas.map(async (replica) => replica.stop()))
    await database.drop()
  })

  it('never close what was not seen', async () => {
    const said: number[] = []
    for (const turn of Array.from({ length: 12 }).keys()) {
      const orderId = `T-${turn}`
      const notify = async (reference: string, AMOUNT: string) =>
        replicas[0]!.notify(
          'be2bill',
          'shop',
          be2billFields({ TRANSACTIONID: reference, ORDERID: orderId, AMOUNT }),
        )
      await notify(`${orderId}-1`, '12390')
      await notify(`${orderId}-2`, '500')
      await replicas[0]!.settled()
      const look = async (): Promise<DiscrepancyJson[]> => {
        const answer = await replicas[0]!.api(`/v1/orders/be2bill/shop/${orderId}`)
        return open(((await answer.json()) as { discrepancies: DiscrepancyJson[] }).discrepancies)
      }
      const [duplicate] = await look()
      const [, answer] = await Promise.all([
        notify(`${orderId}-3`, '990000'),
        new Promise((go) => setTimeout(go, turn)).then(async () =>
          replicas[1]!.api(`/v1/discrepancies/${duplicate!.id}/resolve`, {
            method: 'POST',
            body: JSON.stringify({ note: 'two of them', version: duplicate!.version }),
          }),
        ),
      ])
      said.push(answer.status)
      await replicas[0]!.settled()
      expect(await look()).toMatchObject([
        { amountAtRisk: 12890, formerId: answer.status === 200 ? duplicate!.id : null },
      ])
    }
    expect(said.every((status) => status === 200 || status === 409)).toBe(true)
  })
})
