import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answerClientError } from '../../src/http/plugins/client-errors.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { openRaw } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields } from '../support/wire.ts'

/** Connections on which nothing comes, or not enough. */

/** Node's own server with the same handler, whose patience is a moment. */
let server: Server

beforeAll(async () => {
  server = createServer({ headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 10 })
  server.on(
    'clientError',
    answerClientError(() => 'r-1'),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => server.close())

/** Everything that a connection hears until it is closed. */
async function heard(said: string): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let text = ''
  socket.on('data', (bytes: Buffer) => (text += bytes.toString()))
  if (said !== '') socket.write(said)
  await once(socket, 'close')
  return text
}

it('a connection that never said anything is closed without a word', async () => {
  expect(await heard('')).toBe('')
})

it('one that began a request is told why it ends', async () => {
  const answer = await heard('POST /notifications/hipay/shop HTTP/1.1\r\nHost: x\r\n')
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  expect(answer).toContain('"code":"invalid_request"')
})

describe('a service that stops', () => {
  const clock = createHandClock()
  let service: TestService

  beforeEach(async () => {
    service = await startTestService({ clock, settings: { ACKNOWLEDGE_TIMEOUT_MS: '60000' } })
  })

  /** Time for what it needs to begin closing: it waits a moment before, by the same clock. */
  const closing = async (): Promise<void> => {
    await clock.advance(300)
    await expect.poll(async () => fetch(service.url).catch(() => null)).toBeNull()
  }

  it('waits for no connection that never said anything, and only so long for one that halts', async () => {
    const silent = openRaw(service.url)
    const halting = openRaw(service.url)
    halting.write('POST /notifications/hipay/shop HTTP/1.1\r\nHost: x\r\n')
    // Connections are taken in their order.
    expect((await service.api('/v1/transactions')).status).toBe(200)
    let stopped = false
    const stopping = service.stop().then(() => {
      stopped = true
    })
    await closing()
    await silent.closed
    expect([silent.received(), stopped]).toEqual(['', false])
    await clock.advance(5_000)
    await halting.closed
    await stopping
  })

  it('refuses what comes while it waits to close, without an error in its log', async () => {
    const stopping = service.stop()
    const answer = await service.notify('be2bill', 'shop', be2billFields({}))
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'draining' }])
    await closing()
    await stopping
    const lines = service.logs.map((line) => JSON.parse(line) as { level: number; status?: number })
    expect(lines.filter(({ status }) => status === 503)).toMatchObject([{ level: 'info' }])
    expect(lines.filter(({ level }) => level > 30)).toEqual([])
  })

  it('answers whatever came before, however late, and keeps no connection afterwards', async () => {
    const holder = await service.sql.connect()
    await holder.query('BEGIN; LOCK TABLE receipts IN ACCESS EXCLUSIVE MODE')
    const notified = service.notify('be2bill', 'shop', be2billFields({}))
    const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    await expect.poll(async () => (await service.sql.query(waits)).rowCount).toBe(1)
    const stopping = service.stop()
    await closing()
    await clock.advance(5_000)
    await holder.query('COMMIT')
    holder.release()
    expect((await notified).status).toBe(200)
    await stopping
  })
})
