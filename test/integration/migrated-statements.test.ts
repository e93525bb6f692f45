import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  MINUTE,
  startTimedService,
  type DiscrepancyJson,
  type TimedService,
} from '../support/timed-service.ts'
import { be2billFields } from '../support/wire.ts'

/** What was open or stated before statements covered anything: nothing closed opens for less, and what is open can be closed. */

const MIGRATION = new URL(
  '../../prisma/migrations/20261130194700_what_statements_cover/migration.sql',
  import.meta.url,
)
const BEFORE = `
  DROP VIEW ops.open_discrepancies;
  DROP INDEX discrepancies_closed_by_operators;
  ALTER TABLE discrepancies DROP COLUMN covers, DROP COLUMN version, DROP COLUMN former_id;
  ALTER TABLE resolutions DROP COLUMN covers`

let service: TimedService

beforeAll(async () => {
  service = await startTimedService()
})
afterAll(async () => {
  await service.stop()
})

const pay = async (reference: string, orderId: string, AMOUNT: string): Promise<void> => {
  await service.notify(
    'be2bill',
    'shop',
    be2billFields({ TRANSACTIONID: reference, ORDERID: orderId, AMOUNT }),
  )
  await service.settle()
}

const answer = async (reference: string, orderId: string): Promise<void> => {
  const body = { OPERATIONTYPE: 'payment', EXECCODE: '4001', MESSAGE: 'm', TRANSACTIONID: reference }
  const asked = { operation: 'payment', amount: 12390, currency: 'EUR' }
  await service.respond({ provider: 'be2bill', account: 'shop', orderId, ...asked, body })
}

const openIn = async (path: string): Promise<DiscrepancyJson[]> =>
  (await service.call('GET', path)).body.discrepancies.filter(({ resolvedAt }) => resolvedAt === null)
const ofOrder = async (orderId: string) => openIn(`/v1/orders/be2bill/shop/${orderId}`)

const resolve = async (id: string | undefined) =>
  service.call('POST', `/v1/discrepancies/${id}/resolve`, { note: 'known' })

it('covers what the rows say, and judges the rest again', async () => {
  for (const orderId of ['M-1', 'M-2']) {
    await pay(`${orderId}-1`, orderId, '12390')
    await pay(`${orderId}-2`, orderId, '500')
  }
  await resolve((await ofOrder('M-1'))[0]?.id)
  await answer('M-3', 'M-3')
  await pay('M-3', 'M-3', '12390')
  await service.sql.query(BEFORE)
  await service.sql.query(await readFile(MIGRATION, 'utf8'))
  const { rows } = await service.sql.query(
    `SELECT d.order_id, d.covers, s.covers AS stated FROM discrepancies d
     LEFT JOIN resolutions s ON s.discrepancy_id = d.id WHERE d.class = 'duplicate_payment' ORDER BY d.order_id`,
  )
  const coverOf = (orderId: string) => ({
    parts: [
      { id: `${orderId}-1`, amount: 12390 },
      { id: `${orderId}-2`, amount: 500 },
    ],
    outcomes: { response: '', notification: '' },
    amountAtRisk: 500,
  })
  expect(rows).toEqual([
    { order_id: 'M-1', covers: coverOf('M-1'), stated: coverOf('M-1') },
    { order_id: 'M-2', covers: coverOf('M-2'), stated: null },
  ])
  await service.pass(MINUTE)
  expect(await ofOrder('M-1')).toEqual([])
  const left = [...(await ofOrder('M-2')), ...(await openIn('/v1/transactions/be2bill/shop/M-3'))]
  expect(left.map((found) => found.class)).toEqual(['duplicate_payment', 'outcome_mismatch'])
  for (const { id } of left) expect((await resolve(id)).body.resolvedAt).not.toBeNull()
  await pay('M-1-3', 'M-1', '600')
  expect(await ofOrder('M-1')).toMatchObject([{ amountAtRisk: 1100 }])
})
