import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { answerClientError } from '../../src/http/plugins/client-errors.ts'

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
