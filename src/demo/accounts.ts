import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { parseAccounts } from '../config/accounts.ts'
import type { Account } from '../providers/account.ts'
import { providers } from '../providers/registry.ts'
import { exampleAccount, type WorkedExample } from './worked-example.ts'

/** The merchant accounts of the demonstration, with secrets that exist for one run. */

const secretNamed = (id: string) => ({ id, value: randomBytes(24).toString('base64url') })
const DAY_MS = 86_400_000
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString()

const ownAccounts = () => [
  // A shop that forwards every answer.
  { provider: 'hipay', account: 'shop-hipay', responses: 'expected', secrets: [secretNamed('passphrase')] },
  // A shop on HiPay's payment page: it never sees an answer.
  {
    provider: 'hipay',
    account: 'page-hipay',
    responses: 'none',
    hashAlgorithm: 'sha512',
    secrets: [secretNamed('passphrase')],
  },
  // In the middle of a change of passphrase: two are valid, a third one has expired.
  {
    provider: 'hipay',
    account: 'rotating-hipay',
    responses: 'none',
    secrets: [
      { ...secretNamed('former'), notAfter: inDays(1) },
      secretNamed('new'),
      { ...secretNamed('expired'), notAfter: inDays(-1) },
    ],
  },
  {
    provider: 'be2bill',
    account: 'shop-be2bill',
    responses: 'expected',
    identifiers: ['Demo Shop'],
    secrets: [secretNamed('account-key')],
  },
  {
    provider: 'be2bill',
    account: 'page-be2bill',
    responses: 'none',
    identifiers: ['Demo Page'],
    secrets: [secretNamed('account-key')],
  },
  {
    provider: 'dalenys',
    account: 'shop-dalenys',
    responses: 'expected',
    identifiers: ['Demo Shop Dalenys'],
    secrets: [secretNamed('account-key')],
  },
]

export type DemoAccounts = ReadonlyMap<string, Account>

/** The viewer of the demonstration does not wait a quarter of an hour for a missing message. */
const SHORT_DEADLINES = { notification: '1s', response: '1s' }

function accountFor(example: WorkedExample): object {
  const missing = example.expect.discrepancies.some((found) => found.startsWith('missing_'))
  const { value } = secretNamed('only')
  return { ...exampleAccount(example, value), ...(missing ? { deadlines: SHORT_DEADLINES } : {}) }
}

/** Write a fresh accounts file; what comes back is the same file read as the service reads it. */
export function writeDemoAccounts(path: string, examples: readonly WorkedExample[]): DemoAccounts {
  const own = ownAccounts().map((account) => ({ ...account, test: true }))
  const text = `${JSON.stringify([...own, ...examples.map(accountFor)], null, 2)}\n`
  writeFileSync(path, text, { mode: 0o600 })
  const accounts = parseAccounts(text, { providers, production: false, environment: {}, readText: () => '' })
  return new Map(accounts.map((account) => [account.account, account]))
}
