import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAccounts } from '../../src/config/accounts.ts'
import { blankEvent } from '../../src/domain/event/blank-event.ts'
import type { TransactionEvent } from '../../src/domain/event/transaction-event.ts'
import type { Account } from '../../src/providers/account.ts'
import type { NotificationRequest, Provider, ResponseEnvelope } from '../../src/providers/provider.ts'
import { providers } from '../../src/providers/registry.ts'
import { namedEvent } from './named-fields.ts'

/**
 * `test/fixtures/<provider>/` holds one folder per case, and `account.json`, the entry of an accounts file that all of
 * them are received for. A case is either
 * - a notification: `body.*` (POST) or `query.txt` alone (GET), `headers.json`; or
 * - a forwarded answer: `envelope.json` and `body.*`;
 * with `expected.json` and, where something differs from the common account, an `account.json` of its own.
 */
export interface FixtureCase {
  name: string
  provider: Provider
  account: Account
  /** Null: a forwarded answer. */
  request: NotificationRequest | null
  envelope: ResponseEnvelope
  body: Buffer
  expected: Expected
}

export interface Expected {
  /** What verification must say, at least; absent for answers. */
  verification?: object
  /** Why the service does not take the answer at all: the code of its 422. */
  refused?: string
  /** Fields that were overwritten before storing; absent: none. */
  scrubbed?: string[]
  /** Absent where a message that is refused is all there is to see. Of each event only what it states is listed. */
  translation?: { readable: boolean; detail?: string; family?: string; events?: Partial<TransactionEvent>[] }
}

/** When every case is received. */
export const RECEIVED_AT = new Date('2026-06-01T12:00:00.000Z')

const ROOT = join(import.meta.dirname, '../fixtures')

/** All cases of a provider, from the folder with its first name; none when there is no such folder. */
export function casesOf(provider: Provider): FixtureCase[] {
  const folder = join(ROOT, provider.names[0] ?? '')
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readCase(provider, folder, name))
}

function readCase(provider: Provider, folder: string, name: string): FixtureCase {
  const path = join(folder, name)
  const bodyFile = readdirSync(path).find((file) => file.startsWith('body.'))
  const body = bytesOf(path, bodyFile)
  const isAnswer = existsSync(join(path, 'envelope.json'))
  const request: NotificationRequest = {
    method: bodyFile === undefined ? 'GET' : 'POST',
    query: bytesOf(path, 'query.txt').toString('latin1'),
    headers: objectOf(path, 'headers.json') as NotificationRequest['headers'],
    body,
  }
  const own = existsSync(join(path, 'account.json'))
  return {
    name,
    provider,
    account: accountOf({
      ...objectOf(folder, 'account.json'),
      // Under a name of its own, so that the accounts of all cases can be configured at once.
      ...(own && { account: name.replaceAll(/[^a-z0-9]+/g, '-'), ...objectOf(path, 'account.json') }),
    }),
    request: isAnswer ? null : request,
    envelope: objectOf(path, 'envelope.json'),
    body,
    expected: named(objectOf(path, 'expected.json')),
  }
}

/** What fixtures list by wire names, under the names of the event. */
function named(expected: Expected): Expected {
  const { translation } = expected
  if (translation?.events === undefined) return expected
  return { ...expected, translation: { ...translation, events: translation.events.map(namedEvent) } }
}

function accountOf(entry: object): Account {
  const sources = { providers, production: false, environment: {}, readText: () => '' }
  const [account] = parseAccounts(JSON.stringify([entry]), sources)
  if (!account) throw new Error('an entry gives one account')
  return account
}

function bytesOf(path: string, file: string | undefined): Buffer {
  return file !== undefined && existsSync(join(path, file)) ? readFileSync(join(path, file)) : Buffer.alloc(0)
}

const objectOf = (path: string, file: string): object =>
  JSON.parse(bytesOf(path, file).toString() || '{}') as object

/** An event in which nothing but its source is stated. */
export const nothingStated = (
  { provider, account }: Account,
  witness: TransactionEvent['witness'],
): TransactionEvent => blankEvent({ provider, account, witness, receivedAt: RECEIVED_AT.toISOString() })
