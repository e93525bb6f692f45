import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { parseAccounts } from '../../src/config/accounts.ts'
import { compose, type Service } from '../../src/compose.ts'
import { loadSettings } from '../../src/config/settings.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import type { Account } from '../../src/providers/account.ts'
import type { SignOptions, WireFields } from '../../src/providers/provider.ts'
import { providers } from '../../src/providers/registry.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import type { HandClock } from './hand-clock.ts'
import { notificationRequest } from './requests.ts'

/** Accounts of all three provider names, with two live secrets where rotation is tested. */
export const ACCOUNTS = [
  {
    provider: 'hipay',
    account: 'shop',
    test: true,
    responses: 'expected',
    secrets: [
      { id: 'old', value: 'passphrase-old' },
      { id: 'new', value: 'passphrase-new' },
      { id: 'gone', value: 'passphrase-gone', notAfter: '2026-01-01T00:00:00Z' },
    ],
  },
  {
    provider: 'hipay',
    account: 'sha512',
    test: true,
    hashAlgorithm: 'sha512',
    secrets: [{ id: 'only', value: 'p512' }],
  },
  {
    provider: 'hipay',
    account: 'sha1',
    test: true,
    hashAlgorithm: 'sha1',
    secrets: [{ id: 'only', value: 'p1' }],
  },
  {
    provider: 'be2bill',
    account: 'shop',
    test: true,
    identifiers: ['Demo Shop'],
    responses: 'expected',
    secrets: [{ id: 'key', value: 'account-key' }],
  },
  {
    provider: 'dalenys',
    account: 'shop-dalenys',
    test: true,
    identifiers: ['Dalenys Shop'],
    secrets: [{ id: 'key', value: 'dalenys-key' }],
  },
]

export interface TestService {
  url: string
  /** A key of all roles. */
  apiKey: string
  database: TestDatabase
  sql: pg.Pool
  logs: string[]
  account: (provider: string, account: string) => Account
  /** Post a notification signed for that account; resolves with the answer. */
  notify: (provider: string, account: string, fields: WireFields, options?: SignOptions) => Promise<Response>
  /** Call the merchant API with that key. */
  api: (path: string, init?: RequestInit) => Promise<Response>
  /** Wait until nothing is pending any more. */
  settled: () => Promise<void>
  service: Service
  stop(): Promise<void>
}

export interface TestServiceOptions {
  database?: TestDatabase
  accounts?: unknown
  settings?: Record<string, string>
  clock?: Clock
  /** Leave messages pending until `service.startProcessing()`. */
  idle?: boolean
}

/** The whole service, composed as in production, on a database of its own and a real port. */
export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const database = options.database ?? (await createTestDatabase())
  const key = randomBytes(24).toString('base64url')
  const keys = `all:${key},reader:read:reader-${key},writer:ingest:writer-${key}`
  // A clock of the test's does not reach into another thread.
  const defaults = { PORT: '0', API_KEYS: keys, LOG_LEVEL: 'trace', PROCESSING_THREAD: 'off' }
  // Nothing ends a pause on a clock that stands still.
  const standing = options.clock ? { PROCESSING_GATHER_MS: '0' } : {}
  const settings = loadSettings({ ...defaults, ...standing, ...options.settings })
  const accounts = parseAccounts(JSON.stringify(options.accounts ?? ACCOUNTS), {
    providers,
    production: false,
    environment: {},
    readText: () => '',
  })
  const logs: string[] = []
  const logger = createLogger({
    level: settings.LOG_LEVEL,
    destination: { write: (line) => logs.push(line) },
  })
  const service = await compose({
    settings,
    databaseUrl: database.url,
    accounts,
    apiKeys: settings.API_KEYS ?? [],
    logger,
    clock: options.clock ?? systemClock,
    version: 'test',
  })
  const url = await service.listen()
  if (options.idle !== true) service.startProcessing()
  const sql = new pg.Pool({ connectionString: database.url, max: 2 })
  sql.on('error', () => undefined)
  const account = (provider: string, name: string): Account => {
    const found = accounts.find((one) => one.provider === provider && one.account === name)
    if (!found) throw new Error(`no test account ${provider}/${name}`)
    return found
  }
  return {
    url,
    apiKey: key,
    database,
    sql,
    logs,
    account,
    service,
    notify: async (provider, name, fields, signOptions) => {
      const { path, init } = notificationRequest(account(provider, name), fields, signOptions)
      return fetch(`${url}${path}`, init)
    },
    api: async (path, init = {}) =>
      fetch(`${url}${path}`, {
        ...init,
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          ...(init.headers as object),
        },
      }),
    settled: async () => {
      for (let tries = 0; tries < 500; tries += 1) {
        const { rows } = await sql.query<{ pending: number }>(
          'SELECT count(*)::int AS pending FROM inbox_queue',
        )
        if (rows[0]?.pending === 0) return
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      throw new Error('messages stayed pending')
    },
    stop: async () => {
      await service.drain()
      await sql.end()
      if (!options.database) await database.drop()
    },
  }
}

/** Stop services on a clock that stands still: draining waits a moment by it. */
export async function stopWith(
  clock: Pick<HandClock, 'advance'>,
  ...services: readonly Pick<TestService, 'stop'>[]
): Promise<void> {
  const stopping = Promise.all(services.map(async (service) => service.stop()))
  await clock.advance(A_WHILE_MS)
  await stopping
}

const A_WHILE_MS = 60_000
