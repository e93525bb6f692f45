import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { createParts, type Parts } from '../support/parts.ts'
import { startTestService } from '../support/service.ts'
import { be2billFields } from '../support/wire.ts'

/** What was acknowledged waits for an account that was taken out of the accounts file, and is processed when it is back. */

let database: TestDatabase
let parts: Parts
const clock = createHandClock()

beforeAll(async () => {
  database = await createTestDatabase()
  parts = createParts({ databaseUrl: database.url, clock })
})
afterAll(async () => {
  await parts.close()
  await database.drop()
})

const pay = async (reference: string): Promise<string> =>
  parts.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: reference, ORDERID: `O-${reference}` }))

const rows = async (sql: string, values: unknown[] = []): Promise<unknown[]> =>
  (await parts.pool.query<Record<string, unknown>>(sql, values)).rows

const outcomes = async (): Promise<unknown[]> => rows('SELECT state FROM inbox_outcomes')

describe('an account that is not configured', () => {
  it('keeps its messages waiting, without a failed try, however long it is away', async () => {
    const all = parts.accounts.all()
    await pay('A1')
    await pay('A2')
    const other = await parts.notify(
      'dalenys',
      'shop-dalenys',
      be2billFields({ IDENTIFIER: 'Dalenys Shop', TRANSACTIONID: 'A3' }),
    )
    parts.replaceAccounts(all.filter(({ account }) => account !== 'shop'))
    expect(await parts.processor.runOnce()).toBe(3)
    expect(await rows('SELECT inbox_id, state FROM inbox_outcomes')).toEqual([
      { inbox_id: other, state: 'processed' },
    ])
    expect(parts.absent).toEqual([{ provider: 'be2bill', account: 'shop', messages: 2 }])
    for (let turn = 2; turn < 12; turn += 1) {
      expect(await parts.processor.runOnce()).toBe(0)
      await clock.advance(60_000)
      expect(await parts.processor.runOnce()).toBe(2)
      expect(await rows('SELECT attempts, put_off FROM inbox_queue')).toEqual([
        { attempts: 0, put_off: turn },
        { attempts: 0, put_off: turn },
      ])
    }
    expect(await rows(`SELECT DISTINCT state, attempts FROM ops.inbox_failures`)).toEqual([
      { state: 'put_off', attempts: 0 },
    ])
    parts.replaceAccounts(all)
    await clock.advance(60_000)
    await parts.settle()
    expect(await outcomes()).toEqual([{ state: 'processed' }, { state: 'processed' }, { state: 'processed' }])
    expect(await rows(`SELECT reference FROM transactions WHERE account = 'shop' ORDER BY 1`)).toEqual([
      { reference: 'A1' },
      { reference: 'A2' },
    ])
  })

  it('is told in the log and counted', async () => {
    const service = await startTestService({ idle: true })
    await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'B1' }))
    service.service.replaceAccounts([])
    service.service.startProcessing()
    const warned = (): string | undefined =>
      service.logs.find((line) => line.includes('wait for their account'))
    await expect.poll(warned).toBeDefined()
    expect(JSON.parse(warned() ?? '{}')).toMatchObject({ provider: 'be2bill', account: 'shop', messages: 1 })
    const metrics = await (await service.api('/metrics')).text()
    expect(metrics).toContain('receiver_messages_postponed_total{reason="account_not_configured"} 1')
    await service.stop()
  })
})
