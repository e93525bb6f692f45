import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { parseAccounts } from '../config/accounts.ts'
import type { Account } from '../providers/provider.ts'
import { providers } from '../providers/registry.ts'
import { exampleAccount, type ExampleAccount, type WorkedExample } from './worked-example.ts'

/** The merchant accounts of the demonstration, with secrets that exist for one run. */

const secret = (): string => randomBytes(24).toString('base64url')
const DAY_MS = 86_400_000

const DEMO_ACCOUNTS = {
  /** A shop that forwards every answer. */
  'shop-hipay': () => ({
    provider: 'hipay',
    responses: 'expected',
    secrets: [{ id: 'passphrase', value: secret() }],
  }),
  /** A shop on HiPay's payment page: it never sees an answer. */
  'page-hipay': () => ({
    provider: 'hipay',
    responses: 'none',
    hashAlgorithm: 'sha512',
    secrets: [{ id: 'passphrase', value: secret() }],
  }),
  /** In the middle of a change of passphrase: two count, a third one no longer does. */
  'rotating-hipay': () => ({
    provider: 'hipay',
    responses: 'none',
    secrets: [
      { id: 'former', value: secret(), notAfter: new Date(Date.now() + DAY_MS).toISOString() },
      { id: 'new', value: secret() },
      { id: 'expired', value: secret(), notAfter: new Date(Date.now() - DAY_MS).toISOString() },
    ],
  }),
  'shop-be2bill': () => ({
    provider: 'be2bill',
    responses: 'expected',
    identifiers: ['Demo Shop'],
    secrets: [{ id: 'account-key', value: secret() }],
  }),
  'page-be2bill': () => ({
    provider: 'be2bill',
    responses: 'none',
    identifiers: ['Demo Page'],
    secrets: [{ id: 'account-key', value: secret() }],
  }),
  'shop-dalenys': () => ({
    provider: 'dalenys',
    responses: 'expected',
    identifiers: ['Demo Shop Dalenys'],
    secrets: [{ id: 'account-key', value: secret() }],
  }),
} as const satisfies Record<string, () => object>

export type DemoAccount = keyof typeof DEMO_ACCOUNTS | ExampleAccount
export type DemoAccounts = ReadonlyMap<string, Account>

/** The viewer of the demonstration should not wait for a quarter of an hour until a silence is told. */
const SHORT_DEADLINES = { notification: '1s', response: '1s' }

function accountFor(example: WorkedExample): object {
  const silent = example.expect.discrepancies.some((found) => found.startsWith('missing_'))
  return { ...exampleAccount(example, secret()), ...(silent ? { deadlines: SHORT_DEADLINES } : {}) }
}

/** Write a fresh accounts file; what comes back is the same file read as the service reads it. */
export function writeDemoAccounts(path: string, examples: readonly WorkedExample[]): DemoAccounts {
  const invented = Object.entries(DEMO_ACCOUNTS).map(([account, invent]) => ({
    account,
    test: true,
    ...invent(),
  }))
  const text = `${JSON.stringify([...invented, ...examples.map(accountFor)], null, 2)}\n`
  writeFileSync(path, text, { mode: 0o600 })
  const accounts = parseAccounts(text, { providers, production: false, environment: {}, readText: () => '' })
  return new Map(accounts.map((account) => [account.account, account]))
}
