import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeBlocks, readDoc } from '../unit/docs/markdown.ts'
import { api, eventually, post, type Api } from './support/http.ts'
import { be2billDelivery, be2billFields, hipayDelivery, hipayFields } from './support/provider.ts'
import {
  cleanUp,
  emptyDirectory,
  inventedBy,
  ROOT,
  runToEnd,
  startService,
  stopService,
  type AccountEntry,
  type RunningService,
} from './support/service.ts'

let directory: string
let service: RunningService
let accounts: AccountEntry[]
let client: Api

const account = (provider: string): AccountEntry => accounts.find((entry) => entry.provider === provider)!

beforeAll(async () => {
  directory = emptyDirectory()
  service = await startService(directory)
  const invented = inventedBy(directory)
  accounts = invented.accounts
  client = api(service.url, invented.apiKey)
})
afterAll(cleanUp)

/** Give the receiver this command, beside the running service: it is acknowledged. */
async function receives(command: string): Promise<void> {
  const words = [join(ROOT, 'src/cli/main.ts'), ...command.split(' ')]
  const { code, output } = await runToEnd(process.execPath, words, { DATA_DIRECTORY: directory })
  expect({ code, output }).toMatchObject({ code: 0 })
  expect(output).toMatch(/ 200 OK$/m)
}

describe('a first start on nothing', () => {
  it('is ready, with named checks', async () => {
    for (const path of ['/health', '/health/ready']) {
      const { status, body } = await client.get(path)
      expect({ path, status }).toEqual({ path, status: 200 })
      expect(body).toMatchObject({ status: 'ok' })
      expect((body['checks'] as { name: string }[]).map(({ name }) => name)).toEqual(
        expect.arrayContaining(['database', 'migrations']),
      )
    }
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200)
  })

  it('invents accounts of all three names, and tells where to send what', () => {
    expect(accounts.map(({ provider }) => provider)).toEqual(['hipay', 'be2bill', 'dalenys'])
    for (const { provider, account: slug } of accounts) {
      expect(service.output()).toContain(`${service.url}/notifications/${provider}/${slug}`)
    }
  })

  it('names the next command to type, which brings a first notification', async () => {
    const [, command = ''] = /^ {2}next +npm run receiver -- (.+)$/m.exec(service.output()) ?? []
    await receives(command)
  })

  it('takes the first notification of the README, and its order is paid', async () => {
    const block = codeBlocks(readDoc('README.md'), 'sh').find((lines) => lines.includes('receiver -- send'))
    const [, command = ''] = /^npm run receiver -- (.+?) +#/m.exec(block ?? '') ?? []
    const [, path = ''] = /:3000(\S+)/.exec(block ?? '') ?? []
    await receives(command)
    await eventually(async () => {
      expect((await client.get(path)).body).toMatchObject({ paid: true })
    })
  })

  it('prints no secret', () => {
    for (const { secrets } of accounts) expect(service.output()).not.toContain(secrets[0]!.value)
  })

  it('describes itself as OpenAPI 3.1 and shows its figures', async () => {
    expect((await client.get('/openapi.json')).body).toMatchObject({ openapi: '3.1.0' })
    expect((await fetch(`${service.url}/docs`)).status).toBe(200)
    const headers = { authorization: `Bearer ${inventedBy(directory).apiKey}` }
    expect(await (await fetch(`${service.url}/metrics`, { headers })).text()).toContain(
      '# TYPE receiver_notifications_total counter',
    )
  })
})

describe('a notification and its response', () => {
  it('meet, HiPay', async () => {
    const hipay = account('hipay')
    const acknowledged = await post(
      service.url,
      hipayDelivery(hipay, hipayFields('900000000001', '116', 'SO-1')),
    )
    expect(acknowledged.status).toBe(200)
    expect(acknowledged.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await acknowledged.text()).toBe('OK')
    await eventually(async () => {
      const { body } = await client.get('/v1/transactions/hipay/shop-hipay/900000000001')
      expect(body).toMatchObject({
        status: 'authorized',
        reconciliation: 'awaiting_response',
        orderId: 'SO-1',
      })
    })

    const forwarded = await client.post('/v1/responses', {
      provider: 'hipay',
      account: 'shop-hipay',
      orderId: 'SO-1',
      body: {
        state: 'completed',
        status: '116',
        transactionReference: '900000000001',
        authorizedAmount: '50.00',
        currency: 'EUR',
        order: { id: 'SO-1' },
      },
    })
    expect(forwarded).toMatchObject({ status: 202, body: { duplicate: false } })
    await eventually(async () => {
      const { body } = await client.get('/v1/transactions/hipay/shop-hipay/900000000001')
      expect(body).toMatchObject({
        reconciliation: 'matched',
        authorizedTotal: 5_000,
        capturedTotal: 0,
        discrepancies: [],
      })
    })
  })

  it.each(['be2bill', 'dalenys'])('meet, %s, the response first', async (provider) => {
    const reference = `A-${provider}`
    const path = `/v1/transactions/${provider}/shop-${provider}/${reference}`
    const envelope = { provider, account: `shop-${provider}`, orderId: `O-${provider}`, operation: 'payment' }
    const answer = { OPERATIONTYPE: 'payment', TRANSACTIONID: reference, EXECCODE: '0000', MESSAGE: 'ok' }
    const { status } = await client.post('/v1/responses', {
      ...envelope,
      amount: 12_390,
      currency: 'EUR',
      body: JSON.stringify(answer),
    })
    expect(status).toBe(202)
    await eventually(async () => {
      expect((await client.get(path)).body).toMatchObject({ reconciliation: 'awaiting_notification' })
    })
    const delivery = be2billDelivery(account(provider), be2billFields(reference, `O-${provider}`))
    expect(await (await post(service.url, delivery)).text()).toBe('OK')
    await eventually(async () => {
      expect((await client.get(path)).body).toMatchObject({
        status: 'captured',
        reconciliation: 'matched',
        capturedTotal: 12_390,
      })
    })
    expect((await client.get(`/v1/orders/${provider}/shop-${provider}/O-${provider}`)).body).toMatchObject({
      paid: true,
      safeToRetry: false,
    })
  })
})

describe('what the world sends besides', () => {
  it('acknowledges a duplicate and counts it once', async () => {
    const delivery = hipayDelivery(account('hipay'), hipayFields('900000000002', '118', 'SO-2'))
    for (let turn = 0; turn < 3; turn++) {
      const response = await post(service.url, delivery)
      expect([response.status, await response.text()]).toEqual([200, 'OK'])
    }
    const path = '/v1/transactions/hipay/shop-hipay/900000000002'
    await eventually(async () => {
      expect((await client.get(path)).body).toMatchObject({ status: 'captured', capturedTotal: 5_000 })
    })
    expect(((await client.get(`${path}/events`)).body['items'] as unknown[]).length).toBe(1)
  })

  it.each([
    [
      'a wrong passphrase',
      (fields: Record<string, string>) => hipayDelivery(account('hipay'), fields, 'guess'),
    ],
    [
      'no signature',
      (fields: Record<string, string>) => ({
        ...hipayDelivery(account('hipay'), fields),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
    ],
    [
      'a body changed by one character',
      (fields: Record<string, string>) => {
        const delivery = hipayDelivery(account('hipay'), fields)
        return { ...delivery, body: delivery.body.replace('50.00', '60.00') }
      },
    ],
  ])('refuses %s and believes nothing of it', async (_what, deliver) => {
    const response = await post(service.url, deliver(hipayFields('900000000003', '118', 'SO-3')))
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'signature_invalid' })
    // Whatever was sent later is processed later: once this one is known, the forged one would be.
    await post(service.url, hipayDelivery(account('hipay'), hipayFields('900000000004', '118', 'SO-4')))
    await eventually(async () => {
      expect((await client.get('/v1/transactions/hipay/shop-hipay/900000000004')).status).toBe(200)
    })
    expect((await client.get('/v1/transactions/hipay/shop-hipay/900000000003')).status).toBe(404)
  })

  it('refuses a forged Be2bill set', async () => {
    const delivery = be2billDelivery(account('be2bill'), be2billFields('A-forged', 'O-forged'))
    const response = await post(service.url, { ...delivery, body: delivery.body.replace('12390', '99999') })
    expect(response.status).toBe(401)
  })
})

describe('SIGTERM', () => {
  it('ends the process in good order, and frees the port', async () => {
    expect(await stopService(service)).toBe(0)
    await expect(fetch(`${service.url}/health/live`)).rejects.toThrow()
  })
})
