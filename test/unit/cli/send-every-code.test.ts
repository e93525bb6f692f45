import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAccounts } from '../../../src/config/accounts.ts'
import { sendCommand, type SendOptions, type Statement } from '../../../src/cli/send-command.ts'
import type { TransactionEvent } from '../../../src/domain/event/transaction-event.ts'
import { EXEC_CODES } from '../../../src/providers/be2bill/codes.ts'
import { STATUS_CODES } from '../../../src/providers/hipay/codes.ts'
import { providerOf, providers } from '../../../src/providers/registry.ts'
import { casesOf } from '../../support/fixture-cases.ts'

/** `send` can say everything: what it posts for each status and code verifies, and is read as what was asked for. */

const ENTRIES = [
  { provider: 'hipay', account: 'shop', secrets: [{ id: 's', value: 'passphrase' }] },
  { provider: 'dalenys', account: 'shop', identifiers: ['Shop'], secrets: [{ id: 's', value: 'key' }] },
]
const sources = { providers, production: false, environment: {}, readText: () => '' }
const accounts = parseAccounts(JSON.stringify(ENTRIES), sources)
const directory = mkdtempSync(join(tmpdir(), 'send-'))
const accountsFile = join(directory, 'accounts.json')
let server: Server
let url: string
let received: { method: string; contentType: string | undefined; event: TransactionEvent | null }

beforeAll(async () => {
  writeFileSync(accountsFile, JSON.stringify(ENTRIES))
  server = createServer((request, response) => {
    void receive(request).then((event) => {
      received = { method: request.method ?? '', contentType: request.headers['content-type'], event }
      response.writeHead(event ? 200 : 401).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(directory, { recursive: true })
})

/** Verify and read as the service does; null when either fails. */
async function receive(incoming: IncomingMessage): Promise<TransactionEvent | null> {
  const [path = '', query = ''] = (incoming.url ?? '').split('?')
  const provider = providerOf(path.split('/')[2] ?? '')
  const account = accounts.find((candidate) => providerOf(candidate.provider) === provider)
  if (!provider || !account) return null
  const { headers, method } = incoming
  const request = { method: method as 'GET' | 'POST', query, headers, body: await buffer(incoming) }
  const verification = provider.verify(request, account, new Date())
  if (!verification.verified) return null
  const message = { content: verification.content, receivedAt: new Date() }
  const translation = provider.translate(message, account)
  return translation.readable ? (translation.events[0] ?? null) : null
}

async function send(statement: Statement, options: Partial<SendOptions>): Promise<typeof received> {
  const { ok, text } = await sendCommand(statement, { url, accounts: accountsFile, ...options }, {})
  expect({ ok, text }).toMatchObject({ ok: true })
  return received
}

const hipayCases = casesOf(providerOf('hipay')!)

/** What the notification of a status says, as its case in the fixtures has it. */
function statedBy(status: string): { type: unknown; operation: unknown } {
  const { expected } = hipayCases.find(({ name }) => name === `status_${status}`)!
  const { type, operation = null } = expected.translation!.events![0]!
  return { type, operation }
}

describe.each([...STATUS_CODES, '188'])('HiPay %s', (status) => {
  test.each(['form', 'xml'])('as %s', async (encoding) => {
    const { contentType, event } = await send({ provider: 'hipay', status }, { xml: encoding === 'xml' })
    expect(contentType).toContain(encoding)
    expect(event).toMatchObject({
      ...statedBy(status),
      providerCode: status,
      invalidAmounts: [],
      currency: 'EUR',
    })
  })
})

/** Each OPERATIONTYPE, and what its success says. */
const OPERATIONS = [
  ['payment', 'sale', 'captured'],
  ['authorization', 'authorization', 'authorized'],
  ['capture', 'capture', 'captured'],
  ['refund', 'refund', 'refunded'],
  ['credit', 'credit', 'credited'],
  ['void', 'void', 'voided'],
] as const

describe.each([...EXEC_CODES.keys(), '4099', '0009'])('EXECCODE %s', (execCode) => {
  test.each(['GET', 'POST'])('of every operation by %s', async (method) => {
    for (const [index, [operationType, operation, success]] of OPERATIONS.entries()) {
      const provider = index % 2 === 0 ? 'be2bill' : 'dalenys'
      const sent = await send({ provider, operation: operationType, execCode }, { get: method === 'GET' })
      expect(sent.method).toBe(method)
      expect(sent.event).toMatchObject({ operation, providerCode: execCode, amount: 5000, currency: 'EUR' })
      expect(sent.event?.type === success).toBe(execCode === '0000')
    }
  })
})

test('there are as many as the providers document', () => {
  expect([STATUS_CODES.length, EXEC_CODES.size]).toEqual([54, 71])
})
