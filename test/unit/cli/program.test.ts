import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CommanderError, type Command } from 'commander'
import { parseAccounts } from '../../../src/config/accounts.ts'
import { buildProgram } from '../../../src/cli/program.ts'
import {
  readLocalAddress,
  publishLocalAddress,
  removeLocalAddress,
} from '../../../src/config/local-address.ts'
import type { Account } from '../../../src/providers/account.ts'
import { providerOf, providers } from '../../../src/providers/registry.ts'

/** The commands against a receiver that only verifies: the real adapters behind a plain server. */

const ENTRIES = [
  { provider: 'hipay', account: 'first', secrets: [{ id: 's', value: 'passphrase-1' }] },
  {
    provider: 'hipay',
    account: 'second',
    hashAlgorithm: 'sha512',
    secrets: [{ id: 's', value: 'passphrase-2' }],
  },
  { provider: 'be2bill', account: 'shop', identifiers: ['Shop'], secrets: [{ id: 's', value: 'key-1' }] },
]
const accounts = parseAccounts(JSON.stringify(ENTRIES), {
  providers,
  production: false,
  environment: {},
  readText: () => '',
})

/** Typed, where the matcher itself is `any`. */
const containing = (text: string): unknown => expect.stringContaining(text)

interface Seen {
  method: string
  path: string
  authorization: string | undefined
  body: string
}

let server: Server
let url: string
let seen: Seen[] = []
const directory = mkdtempSync(join(tmpdir(), 'cli-'))
const accountsFile = join(directory, 'accounts.json')
writeFileSync(accountsFile, JSON.stringify(ENTRIES))

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { status, text } = answerTo(request, Buffer.concat(chunks))
      response.writeHead(status).end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  seen = []
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(directory, { recursive: true })
})

function answerTo({ method = '', url: target = '', headers }: IncomingMessage, body: Buffer) {
  const [path = '', query = ''] = target.split('?')
  seen.push({ method, path, authorization: headers.authorization, body: body.toString() })
  if (path === '/v1/responses') return { status: 202, text: '{"duplicate":false}' }
  const account = accounts.find((candidate) => path.endsWith(`/${candidate.account}`)) as Account
  const request = { method: method as 'GET' | 'POST', query, headers, body }
  const { verified } = providerOf(account.provider)!.verify(request, account, new Date())
  return verified ? { status: 200, text: 'OK' } : { status: 401, text: 'no' }
}

interface Ended {
  code: number | undefined
  out: string
  err: string
}

const receiver = async (...args: string[]): Promise<Ended> => receiverIn({}, ...args)

async function receiverIn(settings: Record<string, string>, ...args: string[]): Promise<Ended> {
  const ended: Ended = { code: undefined, out: '', err: '' }
  const program = buildProgram({
    environment: { ACCOUNTS_FILE: accountsFile, DATA_DIRECTORY: directory, ...settings },
    streams: {
      out: (text) => {
        ended.out += `${text}\n`
      },
      err: (text) => {
        ended.err += `${text}\n`
      },
      data: async (text) => {
        ended.out += text
      },
    },
    onEnd: (code) => {
      ended.code = code
    },
  })
  throwInsteadOfExit(program)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    ended.code = error.exitCode
  }
  return ended
}

function throwInsteadOfExit(program: ReturnType<typeof buildProgram>): void {
  program.exitOverride()
  for (const command of program.commands) throwInsteadOfExit(command)
}

const send = (...args: string[]): Promise<Ended> => receiver('send', ...args, '--url', url)

describe('send', () => {
  it.each([
    ['hipay', '116'],
    ['hipay', '118', '--xml'],
    ['hipay', '126', '--account', 'second', '--amount', '1000', '--currency', 'JPY'],
    ['be2bill', 'payment', '0000'],
    ['be2bill', 'refund', '4001', '--get'],
  ])('posts what the account’s secret verifies: %s %s %s', async (...args: string[]) => {
    const { code, out } = await send(...args)
    expect({ code, out }).toMatchObject({ code: 0, out: containing('200 OK') })
    expect(seen).toHaveLength(1)
  })

  it.each([
    ['--amount', 'abc', 'whole number of minor units'],
    ['--amount', '12.50', 'whole number of minor units'],
    ['--currency', 'EURO', 'three capital letters of ISO 4217'],
    ['--currency', 'eur', 'three capital letters of ISO 4217'],
    ['--duplicate', '0', 'at least 1'],
  ])('refuses %s %s with the remedy, and sends nothing', async (option, value, remedy) => {
    const { code, err } = await send('hipay', '116', option, value)
    expect(code).toBe(1)
    expect(err).toContain(option)
    expect(err).toContain(remedy)
    expect(seen).toEqual([])
  })

  it('finds the local service by itself, else at the configured port', async () => {
    const port = new URL(url).port
    publishLocalAddress(directory, url)
    expect(await receiver('send', 'hipay', '116')).toMatchObject({ code: 0 })
    removeLocalAddress(directory, url)
    expect(await receiverIn({ PORT: port }, 'send', 'hipay', '116')).toMatchObject({ code: 0 })
    expect(seen).toHaveLength(2)
    expect(await receiverIn({ PORT: '0' }, 'send', 'hipay', '116')).toMatchObject({
      code: 1,
      err: containing('--url'),
    })
  })

  it('leaves the address of a service that has taken the place of another', () => {
    publishLocalAddress(directory, 'http://127.0.0.1:2')
    removeLocalAddress(directory, 'http://127.0.0.1:1')
    expect(readLocalAddress(directory)).toBe('http://127.0.0.1:2')
    removeLocalAddress(directory, 'http://127.0.0.1:2')
    expect(readLocalAddress(directory)).toBeUndefined()
  })

  it('uses the word that was given in the URL, and any account of the name space', async () => {
    expect(await send('dalenys', 'payment', '0000')).toMatchObject({ code: 0 })
    expect(seen).toMatchObject([{ method: 'POST', path: '/notifications/dalenys/shop' }])
  })

  it('says what was asked for', async () => {
    await send(
      'be2bill',
      'payment',
      '0000',
      '--order',
      'O-7',
      '--amount',
      '777',
      '--reference',
      'A7',
      '--currency',
      'CHF',
    )
    expect(Object.fromEntries(new URLSearchParams(seen[0]!.body))).toMatchObject({
      ORDERID: 'O-7',
      AMOUNT: '777',
      TRANSACTIONID: 'A7',
      CURRENCY: 'CHF',
    })
  })

  it('invents a new payment every time', async () => {
    await send('hipay', '116')
    await send('hipay', '116')
    expect(new Set(seen.map(({ body }) => new URLSearchParams(body).get('transaction_reference'))).size).toBe(
      2,
    )
  })

  it('delivers the very same bytes as often as asked', async () => {
    expect(await send('hipay', '116', '--duplicate', '3')).toMatchObject({ code: 0 })
    expect(seen).toHaveLength(3)
    expect(new Set(seen.map(({ body }) => body)).size).toBe(1)
  })

  it('takes a refused forgery for a success, and an accepted one for a failure', async () => {
    expect(await send('hipay', '118', '--tamper')).toMatchObject({
      code: 0,
      out: containing('401'),
    })
    expect(await send('be2bill', 'payment', '0000', '--get', '--tamper')).toMatchObject({ code: 0 })
  })

  it('forwards the answer of the same payment first', async () => {
    const { code } = await send('hipay', '116', '--response', '--api-key', 'my-key')
    expect(code).toBe(0)
    expect(seen.map(({ path }) => path)).toEqual(['/v1/responses', '/notifications/hipay/first'])
    expect(seen[0]!.authorization).toBe('Bearer my-key')
    const forwarded = JSON.parse(seen[0]!.body) as { body: Record<string, string> }
    const notified = new URLSearchParams(seen[1]!.body)
    expect(forwarded).toMatchObject({
      provider: 'hipay',
      account: 'first',
      orderId: notified.get('order[id]'),
    })
    expect(forwarded.body['transactionReference']).toBe(notified.get('transaction_reference'))
  })

  it('says when the call was made, where it is told', async () => {
    const requestedAt = '2026-04-01T14:00:00+02:00'
    await send('hipay', '116', '--response', '--api-key', 'my-key', '--requested-at', requestedAt)
    await send('be2bill', 'payment', '0000', '--response', '--api-key', 'my-key')
    const [told, untold] = seen.filter(({ path }) => path === '/v1/responses')
    expect(JSON.parse(told!.body)).toMatchObject({ requestedAt })
    expect(JSON.parse(untold!.body)).not.toHaveProperty('requestedAt')
  })

  it('prints JSON for programs', async () => {
    const { out } = await send('hipay', '116', '--reference', '900000000777', '--json')
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      reference: '900000000777',
      answers: [{ status: 200, body: 'OK' }],
    })
  })

  it.each([
    ['no service listens', ['hipay', '116', '--url', 'http://127.0.0.1:1'], 'fetch failed'],
    ['the account is not there', ['hipay', '116', '--account', 'third'], 'third'],
    ['there is no API key', ['hipay', '116', '--response'], '--api-key'],
  ])('fails when %s', async (_what, args, words) => {
    const ended = await receiver('send', ...(args.includes('--url') ? args : [...args, '--url', url]))
    expect(ended).toMatchObject({ code: 1, out: '', err: containing(words) })
    const json = await receiver('send', ...args, '--json')
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, problems: [containing(words)] })
  })

  it.each([
    [['hipay']],
    [['be2bill', 'payment']],
    [['hipay', '116', '--amount', '50.00']],
    [['hipay', '116', '--duplicate', '0']],
    [['hipay', '116', '--get']],
    [['paypal', '116']],
  ])('refuses %j before it sends anything', async (args) => {
    expect(await send(...args)).toMatchObject({ code: 1, out: '', err: containing('error:') })
    expect(seen).toEqual([])
  })
})

describe('accounts check', () => {
  const check = (content: unknown, ...args: string[]): Promise<Ended> => {
    const path = join(directory, 'checked.json')
    writeFileSync(path, JSON.stringify(content))
    return receiver('accounts', 'check', '--accounts', path, ...args)
  }

  it('lists accounts and the ids of their secrets, never a secret', async () => {
    const { code, out } = await check(ENTRIES)
    expect(code).toBe(0)
    for (const entry of ENTRIES) expect(out).toContain(`${entry.provider}/${entry.account}`)
    expect(out).not.toMatch(/passphrase|key-1/)
  })

  it('lists every problem and exits 1', async () => {
    const broken = [
      { provider: 'hipay', account: 'a', secrets: [{ id: 's', value: '' }] },
      { provider: 'be2bill', account: 'b', secrets: [{ id: 's', env: 'NOT_SET' }] },
    ]
    const { code, err } = await check(broken)
    expect(code).toBe(1)
    for (const problem of ['secret s is empty', 'cannot be read', 'needs identifiers'])
      expect(err).toContain(problem)
    const json = JSON.parse((await check(broken, '--json')).out) as { ok: boolean; problems: string[] }
    expect([json.ok, json.problems.length]).toEqual([false, 3])
  })

  it.each([' key', 'key ', 'key\n', '"key"', "'key'", 'key\t', '"key'])(
    'refuses the secret %j',
    async (value) => {
      const { code, err, out } = await check([
        { provider: 'hipay', account: 'a', secrets: [{ id: 's', value }] },
      ])
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toContain('account hipay/a: secret s begins or ends with a blank, a line break or a quote')
      expect(err).not.toContain('key')
    },
  )

  it('takes a file with the one line break that is trimmed, and refuses a second one', async () => {
    const file = join(directory, 'secret')
    const entry = { provider: 'hipay', account: 'a', secrets: [{ id: 's', file }] }
    for (const [text, expected] of [
      ['key\n', 0],
      ['key\r\n', 0],
      ['k e"y', 0],
      ['key\n\n', 1],
    ] as const) {
      writeFileSync(file, text)
      expect(await check([entry])).toMatchObject({ code: expected })
    }
  })

  it('exits 1 when there is no file', async () => {
    expect(await receiver('accounts', 'check', '--accounts', '/nowhere.json')).toMatchObject({
      code: 1,
      err: containing('/nowhere.json'),
    })
  })
})

describe('every command', () => {
  it.each([
    [[]],
    [['migrate']],
    [['send']],
    [['send', 'hipay']],
    [['send', 'be2bill']],
    [['send', 'dalenys']],
    [['accounts', 'check']],
    [['doctor']],
  ])('%j explains itself', async (command) => {
    expect(await receiver(...command, '--help')).toMatchObject({
      code: 0,
      out: containing('Usage:'),
    })
  })

  it('an unknown one is an error', async () => {
    expect(await receiver('explode')).toMatchObject({ code: 1, err: containing('explode') })
  })
})

describe('the help of every command', () => {
  const leavesOf = (command: Command, path: readonly string[] = []): string[][] =>
    command.commands.length === 0
      ? [[...path]]
      : command.commands.flatMap((one) => leavesOf(one, [...path, one.name()]))
  const program = buildProgram({
    environment: {},
    streams: { out: () => undefined, err: () => undefined, data: async () => undefined },
    onEnd: () => undefined,
  })
  const leaves = leavesOf(program)

  it('is asked of all of them', () => {
    expect(leaves.length).toBeGreaterThan(11)
  })

  it.each(leaves.map((path) => [path.join(' '), path] as const))(
    '%s shows an example and says its exit codes',
    async (name, path) => {
      const { out } = await receiver(...path, '--help')
      expect(out).toContain(`receiver -- ${name}`)
      expect(out).toMatch(/Exit codes: 0 /)
    },
  )
})
