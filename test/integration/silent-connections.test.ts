import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerClientError } from '../../src/http/plugins/client-errors.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { openRaw } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/service.ts'

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

/** Of what keeps a server from closing: `silent` said nothing, `halting` began a request. */
describe('a service that stops', () => {
  const clock = createHandClock()
  let service: TestService

  beforeAll(async () => {
    service = await startTestService({ clock })
  })

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
    await clock.advance(5_000)
    await silent.closed
    expect(silent.received()).toBe('')
    expect(stopped).toBe(false)
    await clock.advance(15_000)
    await halting.closed
    await stopping
  })
})
