import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What `npm start` uses on a bare machine: accounts of all three provider names and an API key, invented once and kept in
 * the data directory. Never used in production, where a missing setting stops the start.
 */
export interface DevelopmentDefaults {
  accountsFile: string
  apiKeys: string
  apiKeyFile: string
}

const token = (): string => randomBytes(24).toString('base64url')

export function prepareDevelopmentDefaults(directory: string): DevelopmentDefaults {
  mkdirSync(directory, { recursive: true })
  const accountsFile = join(directory, 'accounts.json')
  const apiKeyFile = join(directory, 'api-key')
  createOnce(accountsFile, () => `${JSON.stringify(inventAccounts(), null, 2)}\n`)
  createOnce(apiKeyFile, () => `${token()}\n`)
  return { accountsFile, apiKeyFile, apiKeys: `development:${readFileSync(apiKeyFile, 'utf8').trim()}` }
}

/** `wx` loses the race politely when two processes start at once: the first one's file counts for both. */
function createOnce(path: string, content: () => string): void {
  if (existsSync(path)) return
  try {
    writeFileSync(path, content(), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

const inventAccounts = (): object[] => [
  {
    provider: 'hipay',
    account: 'shop-hipay',
    test: true,
    responses: 'expected',
    secrets: [{ id: 'first', value: token() }],
  },
  be2billAccount('be2bill', 'shop-be2bill', 'Demo Shop'),
  be2billAccount('dalenys', 'shop-dalenys', 'Demo Shop Dalenys'),
]

const be2billAccount = (provider: string, account: string, identifier: string): object => ({
  provider,
  account,
  test: true,
  identifiers: [identifier],
  responses: 'expected',
  secrets: [{ id: 'first', value: token() }],
})
