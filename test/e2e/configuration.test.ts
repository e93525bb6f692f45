import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { cleanUp, emptyDirectory, runServiceToEnd } from './support/service.ts'

/** A bad configuration stops the start with every problem by name, and without any secret. */

afterAll(cleanUp)

function accountsFile(content: unknown): string {
  const path = join(emptyDirectory(), 'accounts.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const start = (settings: Record<string, string>) =>
  runServiceToEnd({ DATA_DIRECTORY: emptyDirectory(), PORT: '0', ...settings })

describe('bad settings', () => {
  it('are all listed at once', async () => {
    const { code, output } = await start({
      PORT: 'eighty',
      ROLE: 'everything',
      DATABASE_URL: 'mysql://root:hush-hush-hush@localhost/db',
      API_KEYS: 'shop:too-short-key,nameless,all:admin:aaaaaaaaaaaaaaaaaaaaaaaaaaaa',
      SWEEP_INTERVAL: 'often',
      BODY_LIMIT_BYTES: '12',
    })
    expect(code).toBe(1)
    for (const name of ['PORT', 'ROLE', 'DATABASE_URL', 'SWEEP_INTERVAL', 'BODY_LIMIT_BYTES']) {
      expect(output).toMatch(new RegExp(`- ${name}: `))
    }
    expect(output).toContain('API_KEYS: entry 1 must have a key of at least 24 characters')
    expect(output).toContain('API_KEYS: entry 2')
    expect(output).toContain('API_KEYS: entry 3')
  })

  it('are named, not repeated: any of them may be a secret', async () => {
    const secrets = ['hush-hush-hush', 'too-short-key', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa']
    const { output } = await start({
      DATABASE_URL: `mysql://root:${secrets[0]!}@localhost/db`,
      API_KEYS: `shop:${secrets[1]!},all:admin:${secrets[2]!}`,
    })
    expect(output).toContain('API_KEYS')
    for (const secret of secrets) expect(output).not.toContain(secret)
    expect(output).not.toContain('    at ')
  })

  it('include a mounted file that is not there', async () => {
    const { code, output } = await start({
      API_KEYS_FILE: '/nowhere/api-keys',
      DATABASE_URL_FILE: '/nowhere/url',
    })
    expect(code).toBe(1)
    expect(output).toContain('API_KEYS_FILE')
    expect(output).toContain('DATABASE_URL_FILE')
  })

  it('include what production requires', async () => {
    const { code, output } = await start({ NODE_ENV: 'production' })
    expect(code).toBe(1)
    for (const name of ['DATABASE_URL', 'API_KEYS', 'ACCOUNTS_FILE']) expect(output).toContain(`- ${name}: `)
  })
})

describe('settings and accounts', () => {
  it('are mended in one round', async () => {
    const { code, output } = await start({
      PORT: 'eighty',
      ACCOUNTS_FILE: accountsFile([
        { provider: 'paypal', account: 'x', secrets: [{ id: 'k', value: 'hush' }] },
      ]),
    })
    expect(code).toBe(1)
    expect(output).toContain('- PORT: ')
    expect(output).toContain('paypal/x: provider must be one of')
    expect(output).not.toContain('hush')
  })

  it.each(['prod', 'Production'])('do not start in an unknown mode: %s', async (mode) => {
    const { code, output } = await start({ NODE_ENV: mode })
    expect(code).toBe(1)
    expect(output).toContain('- NODE_ENV: must be one of development, test, production')
  })
})

describe('a bad accounts file', () => {
  it('is refused when it cannot be read', async () => {
    const { code, output } = await start({ ACCOUNTS_FILE: '/nowhere/accounts.json' })
    expect([code, output]).toEqual([1, expect.stringContaining('ACCOUNTS_FILE')])
  })

  it('is refused when it is not JSON, and its text stays unseen', async () => {
    const { code, output } = await start({ ACCOUNTS_FILE: accountsFile('[{"secret": "hush-hush-hush"') })
    expect([code, output]).toEqual([1, expect.stringContaining('not valid JSON')])
    expect(output).not.toContain('hush')
  })

  it('is refused with every problem of its meaning', async () => {
    const secret = { id: 's', value: 'hush-hush-hush' }
    const { code, output } = await start({
      ACCOUNTS_FILE: accountsFile([
        { provider: 'hipay', account: 'empty', secrets: [{ id: 'e', value: '' }] },
        { provider: 'hipay', account: 'absent', secrets: [{ id: 'a', env: 'NOT_SET_ANYWHERE' }] },
        { provider: 'hipay', account: 'one', secrets: [secret] },
        { provider: 'hipay', account: 'two', secrets: [secret] },
        {
          provider: 'be2bill',
          account: 'shop',
          identifiers: ['Shop'],
          secrets: [{ id: 'k', value: 'hush-2' }],
        },
        {
          provider: 'dalenys',
          account: 'shop',
          identifiers: ['Shop'],
          secrets: [{ id: 'k', value: 'hush-3' }],
        },
        { provider: 'paypal', account: 'elsewhere', secrets: [{ id: 'k', value: 'hush-5' }] },
        { provider: 'be2bill', account: 'nameless', secrets: [{ id: 'k', value: 'hush-4' }] },
      ]),
    })
    expect(code).toBe(1)
    for (const problem of [
      'hipay/empty: secret e is empty',
      'hipay/absent: secret a cannot be read',
      'hipay/one and account hipay/two: they share a secret',
      'the name shop is used twice',
      'paypal/elsewhere: provider must be one of',
      'be2bill/nameless: needs identifiers',
    ]) {
      expect(output).toContain(problem)
    }
    expect(output).not.toContain('hush')
  })

  it('is refused with the place of every unknown or ill-formed key', async () => {
    const { code, output } = await start({
      ACCOUNTS_FILE: accountsFile([
        { provider: 'paypal', account: 'Shop FR', secrets: [], colour: 'blue' },
        {
          provider: 'hipay',
          account: 'b',
          secrets: [{ id: 's', value: 'x', file: 'y' }],
          deadlines: { response: 15 },
        },
      ]),
    })
    expect(code).toBe(1)
    for (const place of ['accounts[0].account', 'accounts[0].secrets', 'colour', 'accounts[1]']) {
      expect(output).toContain(place)
    }
  })
})
