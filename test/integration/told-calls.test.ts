import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECOND, startTimedService, type Answer, type TimedService } from '../support/timed-service.ts'

/** What a merchant tells of a call, refused while it can still be mended: over HTTP, and with nothing stored. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService()
})
afterAll(async () => {
  await service.stop()
})

/** The clock stands still unless a test moves it. */
const at = (seconds: number): string =>
  new Date(service.clock.now().getTime() + seconds * SECOND).toISOString()

let orders = 0
const fresh = (): string => `W-${++orders}`

const respond = async (more: object): Promise<Answer> =>
  service.call('POST', '/v1/responses', {
    ...{ provider: 'be2bill', account: 'shop', operation: 'payment', operationId: 'o-1', error: 'timeout' },
    ...{ orderId: fresh(), ...more },
  })

const announce = async (more: object): Promise<Answer> =>
  service.call('POST', '/v1/expectations', {
    provider: 'be2bill',
    account: 'shop',
    orderId: fresh(),
    ...more,
  })

const rows = async (): Promise<unknown[]> =>
  (
    await service.sql.query<object>(
      'SELECT (SELECT count(*) FROM inbox_messages) AS answers, (SELECT count(*) FROM expectations) AS announced',
    )
  ).rows

async function refused(answer: Promise<Answer>, code: string, field: string): Promise<void> {
  const before = await rows()
  const { status, body } = await answer
  expect(status).toBe(422)
  expect(body).toMatchObject({ code })
  expect(body.detail.startsWith(`${field}: `)).toBe(true)
  expect(await rows()).toEqual(before)
}

describe('times of an answer', () => {
  it('are kept as they were sent', async () => {
    const orderId = fresh()
    const times = { requestedAt: '2026-04-01T13:59:30+02:00', receivedAt: '2026-04-01T12:00:00.5Z' }
    expect((await respond({ orderId, ...times })).status).toBe(202)
    const { rows: stored } = await service.sql.query(
      `SELECT envelope FROM inbox_messages WHERE envelope ->> 'orderId' = $1`,
      [orderId],
    )
    expect(stored).toMatchObject([{ envelope: times }])
    await service.settle()
    const { rows: facts } = await service.sql.query(
      'SELECT fact FROM transaction_events WHERE order_id = $1',
      [orderId],
    )
    expect(facts).toMatchObject([
      { fact: { requestedAt: '2026-04-01T11:59:30.000Z', answeredAt: '2026-04-01T12:00:00.500Z' } },
    ])
  })

  it.each([
    ['requestedAt equal to receivedAt', () => ({ requestedAt: at(0), receivedAt: at(0) })],
    ['60 seconds ahead', () => ({ requestedAt: at(60), receivedAt: at(60) })],
    ['years ago', () => ({ requestedAt: '2019-01-01T00:00:00Z' })],
  ])('may be %s', async (_what, times) => {
    expect((await respond(times())).status).toBe(202)
  })

  it.each([
    ['requestedAt', 'after receivedAt', () => ({ requestedAt: at(-1), receivedAt: at(-2) })],
    [
      'requestedAt',
      'after receivedAt in another offset',
      () => ({ requestedAt: '2026-04-01T12:00:00Z', receivedAt: '2026-04-01T12:00:00+01:00' }),
    ],
    ['requestedAt', 'more than 60 s ahead', () => ({ requestedAt: at(60.001) })],
    ['receivedAt', 'more than 60 s ahead', () => ({ requestedAt: at(0), receivedAt: at(61) })],
  ])('%s %s is refused', async (field, _what, times) => {
    await refused(respond(times()), 'invalid_time', field)
  })

  it.each(['2026-04-01T12:00:00', '2026-04-01', 'now', 1_775_000_000])(
    '%j is no time',
    async (requestedAt) => {
      const { status, body } = await respond({ requestedAt })
      expect(status).toBe(400)
      expect(body.detail).toContain('requestedAt')
    },
  )

  it('may come in a form', async () => {
    const form = (fields: Record<string, string>): RequestInit => ({
      method: 'POST',
      headers: {
        authorization: `Bearer ${service.apiKey}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        ...{ provider: 'be2bill', account: 'shop', operation: 'payment', orderId: fresh(), error: 'timeout' },
        ...{ receivedAt: at(0), ...fields },
      }).toString(),
    })
    const post = async (fields: Record<string, string>): Promise<number> =>
      (await fetch(`${service.url}/v1/responses`, form(fields))).status
    expect(await post({ requestedAt: at(-3) })).toBe(202)
    expect(await post({ requestedAt: at(3) })).toBe(422)
  })
})

describe('the time of an announced call', () => {
  it('may be 60 seconds ahead, and is refused beyond', async () => {
    expect((await announce({ requestedAt: at(60) })).status).toBe(201)
    await refused(announce({ requestedAt: at(61) }), 'invalid_time', 'requestedAt')
  })
})

describe('parentReference', () => {
  const NONSENSE = ['undefined', 'null', 'None', 'NaN', '0', '[object Object]', '']

  it.each(NONSENSE)('%j of a refund is refused', async (parentReference) => {
    for (const provider of ['be2bill', 'hipay']) {
      const step = { provider, operation: 'refund', parentReference }
      await refused(respond(step), 'invalid_reference', 'parentReference')
      await refused(announce(step), 'invalid_reference', 'parentReference')
    }
  })

  it.each([
    ['be2bill', 'A17'],
    ['hipay', '900000000017'],
    ['hipay', '900000******0017~abcdefghij234567klmn'],
  ])('of %s may be %s', async (provider, parentReference) => {
    const step = { provider, operation: 'refund', parentReference }
    expect((await respond(step)).status).toBe(202)
    expect((await announce(step)).status).toBe(201)
  })
})
