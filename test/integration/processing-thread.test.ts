import { availableParallelism } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { notificationRequest } from '../support/requests.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { until } from '../support/until.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** The whole service with processing in a thread of its own: from outside there is one process. */

let service: TestService

beforeAll(async () => {
  service = await startTestService({ settings: { PROCESSING_THREAD: 'on', LOG_LEVEL: 'info' } })
})
afterAll(async () => {
  await service.sql.end()
  await service.database.drop()
})

const pay = async (TRANSACTIONID: string): Promise<Response> =>
  service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID, ORDERID: `O-${TRANSACTIONID}` }))

interface Line {
  msg: string
  level: number
  time: string
  state?: string
  inboxId?: string
}

/** Every line that was written, each of them whole. */
const lines = (): Line[] =>
  service.logs.flatMap((written) =>
    written
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line),
  )

const figure = async (name: string): Promise<number> => {
  const text = await (await service.api('/metrics')).text()
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.split(' ')[1] ?? NaN)
}

describe('processing in a thread', () => {
  it('needs two cores, which this machine has', () => {
    expect(availableParallelism()).toBeGreaterThan(1)
  })

  it('answers a call that waits as soon as the thread has committed', async () => {
    const held = service.api('/v1/transactions/be2bill/shop/W1?wait=20&until=final')
    expect((await pay('W1')).status).toBe(200)
    const asked = performance.now()
    expect(await (await held).json()).toMatchObject({ status: 'captured' })
    expect(performance.now() - asked).toBeLessThan(10_000)
  })

  it('writes its lines and its figures where those of receipt are', async () => {
    await Promise.all(Array.from({ length: 50 }, async (_one, index) => pay(`L${index}`)))
    await service.settled()
    await until(async () => (await figure('receiver_messages_processed_total{state="processed"}')) === 51, {
      what: 'the figures of the thread show',
    })
    expect(await figure('receiver_processing_lag_seconds_count')).toBe(51)
    expect(
      await figure('receiver_notifications_total{provider="be2bill",account="shop",outcome="stored"}'),
    ).toBe(51)
    const processed = lines().filter(({ msg }) => msg === 'message processed')
    const stored = lines().filter(({ msg }) => msg === 'message stored')
    expect(new Set(processed.map(({ inboxId }) => inboxId))).toEqual(
      new Set(stored.map(({ inboxId }) => inboxId)),
    )
    expect(processed).toHaveLength(51)
  })

  it('processes for an account that a SIGHUP has added', async () => {
    const added = { ...service.account('hipay', 'shop'), account: 'added' }
    service.service.replaceAccounts([service.account('be2bill', 'shop'), added])
    const { path, init } = notificationRequest(added, hipayFields({ transaction_reference: '900000000001' }))
    expect((await fetch(`${service.url}${path}`, init)).status).toBe(200)
    await service.settled()
    expect(await (await service.api('/v1/transactions/hipay/added/900000000001')).json()).toMatchObject({
      account: 'added',
    })
  })

  it('finishes what is under way when the service drains, and keeps it nowhere else', async () => {
    await Promise.all(Array.from({ length: 200 }, async (_one, index) => pay(`D${index}`)))
    await service.service.drain()
    const { rows } = await service.sql.query<{ stored: number; known: number; open: number }>(
      `SELECT (SELECT count(*)::int FROM inbox_messages WHERE account = 'shop') AS stored,
              (SELECT count(*)::int FROM inbox_queue) + (SELECT count(*)::int FROM inbox_outcomes) AS known,
              (SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'payment-notification-receiver'
                 AND datname = current_database()) AS open`,
    )
    expect(rows).toEqual([{ stored: 251, known: 252, open: 0 }])
  })
})
