import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfiguration } from '../../../src/config/settings-and-accounts.ts'
import { ConfigurationError, type Environment } from '../../../src/config/settings.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'configuration-test-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const KEY = 'k'.repeat(24)

function accountsFile(name: string, account: object): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify([account]))
  return path
}

function problemsOf(environment: Environment): readonly string[] {
  try {
    loadConfiguration(environment)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    return (error as ConfigurationError).problems
  }
  return []
}

const sound = { provider: 'hipay', account: 'shop', test: true, secrets: [{ id: 'a', env: 'SECRET' }] }
const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://db/x',
  API_KEYS: `ci:${KEY}`,
  SECRET: 'x',
}

describe('the configuration', () => {
  it('is whole when settings and accounts are', () => {
    const { settings, accounts, apiKeys } = loadConfiguration({
      ...production,
      ACCOUNTS_FILE: accountsFile('sound.json', sound),
    })
    expect(settings.production).toBe(true)
    expect(accounts.map(({ account }) => account)).toEqual(['shop'])
    expect(apiKeys.map(({ name }) => name)).toEqual(['ci'])
  })

  it('tells the problems of settings and of accounts in one round', () => {
    const file = accountsFile('bad.json', { ...sound, colour: 'blue' })
    const problems = problemsOf({ ...production, PORT: 'x', API_KEYS: undefined, ACCOUNTS_FILE: file })
    expect(problems).toHaveLength(3)
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^PORT: /),
        'API_KEYS: is required in production',
        expect.stringMatching(/^accounts\[0\]: .*colour/),
      ]),
    )
  })

  it('judges accounts by the mode that was asked for, whatever else is wrong', () => {
    const file = accountsFile('plain.json', { ...sound, secrets: [{ id: 'a', value: 'for-tests' }] })
    const ofAccounts = (environment: Environment): readonly string[] =>
      problemsOf({ PORT: 'x', ACCOUNTS_FILE: file, ...environment }).filter((text) =>
        text.startsWith('account '),
      )
    expect(ofAccounts({ ...production })).toEqual([
      'account hipay/shop: must take its secrets from env or file in production',
    ])
    expect(ofAccounts({ NODE_ENV: 'development' })).toEqual([])
  })

  it('names an accounts file that cannot be read beside what else is wrong', () => {
    const problems = problemsOf({ PORT: 'x', ACCOUNTS_FILE: join(folder, 'nowhere.json') })
    expect(problems).toEqual([
      expect.stringMatching(/^PORT: /),
      expect.stringMatching(/^ACCOUNTS_FILE: .* cannot be read$/),
    ])
  })

  it('invents nothing while a setting is wrong', () => {
    const directory = join(folder, 'data')
    expect(problemsOf({ NODE_ENV: 'prod', DATA_DIRECTORY: directory })).toEqual([
      'NODE_ENV: must be one of development, test, production',
    ])
    expect(existsSync(directory)).toBe(false)
  })
})
