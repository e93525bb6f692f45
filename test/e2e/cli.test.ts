import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { api, eventually } from './support/http.ts'
import { directoryWithDatabase } from './support/prepared-cluster.ts'
import {
  cleanUp,
  emptyDirectory,
  inventedBy,
  ROOT,
  runToEnd,
  startService,
  type RunningService,
} from './support/service.ts'

/** The commands as processes beside a running service. */

let directory: string
let service: RunningService

const receiver = (args: readonly string[], environment: Record<string, string> = {}) =>
  runToEnd(process.execPath, [join(ROOT, 'src/cli/main.ts'), ...args], {
    DATA_DIRECTORY: directory,
    ...environment,
  })

beforeAll(async () => {
  directory = await directoryWithDatabase()
  service = await startService(directory)
})
afterAll(cleanUp)

describe('npm run receiver', () => {
  it.each([
    ['hipay', '116', '900000000001'],
    ['be2bill', 'payment 0000', 'A000000001'],
    ['dalenys', 'payment 0000', 'A000000002'],
  ])('send %s %s --response makes a payment whose witnesses meet', async (provider, words, reference) => {
    const args = [
      'send',
      provider,
      ...words.split(' '),
      '--response',
      '--reference',
      reference,
      '--url',
      service.url,
    ]
    const { code, output } = await receiver([...args, '--duplicate', '2', '--json'])
    expect({ code, output }).toMatchObject({ code: 0 })
    expect(JSON.parse(output)).toMatchObject({
      answers: [{ status: 200 }, { status: 200 }],
      forwarded: [{ status: 202 }],
    })
    const client = api(service.url, inventedBy(directory).apiKey)
    await eventually(async () => {
      const { body } = await client.get(`/v1/transactions/${provider}/shop-${provider}/${reference}`)
      expect(body).toMatchObject({ reconciliation: 'matched' })
    })
  })

  it('send --tamper is refused by the service', async () => {
    const { code, output } = await receiver(['send', 'hipay', '118', '--tamper', '--url', service.url])
    expect([code, output]).toEqual([0, expect.stringContaining('401')])
  })

  it('replay --quarantine looks again at what was refused, beside the running service', async () => {
    await receiver(['send', 'be2bill', 'payment', '0000', '--tamper', '--url', service.url])
    const { code, output } = await receiver(['replay', '--quarantine'])
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/^0 verify now: [^]*1 of be2bill\/shop-be2bill stay: signature_mismatch\.$/m),
    ])
    expect(await receiver(['replay'])).toEqual({
      code: 1,
      output: expect.stringContaining('--quarantine') as string,
    })
    expect(await receiver(['replay', '--state', 'parked'])).toEqual({
      code: 0,
      output: expect.stringMatching(/^0 messages replayed\.$/m) as string,
    })
  })

  it('give-up refuses an account that is configured', async () => {
    const configured = ['give-up', '--provider', 'hipay', '--account', 'shop-hipay']
    expect(await receiver(configured)).toEqual({
      code: 1,
      output: expect.stringContaining('shop-hipay is in ') as string,
    })
    expect(await receiver([...configured.slice(0, -1), 'closed-shop'])).toEqual({
      code: 0,
      output: '0 messages of hipay/closed-shop are given up.\n',
    })
  })

  it('migrate says what it did, beside the running service and on an empty directory', async () => {
    expect(await receiver(['migrate'])).toEqual({ code: 0, output: 'The database is up to date.\n' })
    const fresh = emptyDirectory()
    const { code, output } = await receiver(['migrate', '--json'], { DATA_DIRECTORY: fresh })
    const { applied } = JSON.parse(output) as { applied: string[] }
    expect([code, applied.length > 0]).toEqual([0, true])
    expect((await fetch(`${service.url}/health`)).status).toBe(200)
  })

  it('migrate fails in words when the database is away', async () => {
    const { code, output } = await receiver(['migrate'], {
      DATABASE_URL: 'postgresql://receiver:hush-hush-hush@127.0.0.1:1/none',
    })
    expect([code, output]).toEqual([1, expect.stringContaining('ECONNREFUSED')])
    expect(output).not.toContain('hush')
  })

  it('doctor finds the installation in order beside the running service, and says why a message was refused', async () => {
    const { code, output } = await receiver(['doctor'])
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/^ok {4}configuration: .*\nok {4}database: .*\nok {4}clock: .*\n$/),
    ])
    const body = join(directory, 'set.txt')
    writeFileSync(body, 'IDENTIFIER=Demo+Shop+Dalenys&EXECCODE=0000&HASH=' + 'f'.repeat(64))
    const asked = ['doctor', '--provider', 'dalenys', '--account', 'shop-dalenys', '--body', body, '--json']
    const refused = await receiver(asked)
    expect(refused.code).toBe(2)
    expect(JSON.parse(refused.output)).toMatchObject({
      verified: false,
      cause: 'wrong_secret',
      secretId: null,
    })
  })

  it('accounts check accepts what the service invented', async () => {
    expect(await receiver(['accounts', 'check'])).toMatchObject({ code: 0 })
  })
})
