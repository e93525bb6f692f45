import type { DeadlineStore } from '../../src/inbox/reconcile/stores.ts'
import { randomBytes } from 'node:crypto'
import type { Swept } from '../../src/inbox/reconcile/report.ts'
import { createSweeper, type Sweeper } from '../../src/inbox/reconcile/sweep.ts'
import type { Services } from '../../src/services.ts'
import { createHandClock, type HandClock } from './hand-clock.ts'
import { createParts, type Parts } from './parts.ts'
import { startTestService, type TestService, stopWith } from './service.ts'

/**
 * The service over HTTP with its loops at rest: a test says when messages are processed and when deadlines are looked at,
 * and what time it is.
 */
export interface TimedService extends Pick<TestService, 'url' | 'notify' | 'sql' | 'logs' | 'apiKey'> {
  clock: HandClock
  parts: Parts
  swept: Swept[]
  /** Call the merchant API; the key has all roles unless another is named. */
  call: (method: string, path: string, body?: object, role?: string) => Promise<Answer>
  /** Forward one answer; `key` tells two equal ones apart. */
  respond: (body: object, key?: string) => Promise<void>
  /** Process everything that came. */
  settle: () => Promise<void>
  /** Let time pass, then sweep until nothing is due. */
  pass: (ms: number) => Promise<void>
  sweeper: (services?: Partial<Services<{ deadlines: DeadlineStore }>>) => Sweeper
  stop: () => Promise<void>
}

/** `body` is empty where there is none. */
export interface Answer {
  status: number
  body: AnswerBody
}

/** Fields of the answers that tests read one by one; each call has its own. */
export interface AnswerBody {
  id: string
  provider: string
  operation: string
  detail: string
  status: string
  reconciliation: string
  overdue: boolean
  resolvedAt: string | null
  version: number
  safeToRetry: boolean
  requests: unknown[]
  operations: unknown[]
  transactions: unknown[]
  discrepancies: DiscrepancyJson[]
  items: DiscrepancyJson[]
}

export interface DiscrepancyJson {
  id: string
  class: string
  reference: string | null
  amountAtRisk: number | null
  openedAt: string
  resolvedAt: string | null
  version: number
  formerId: string | null
}

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export async function startTimedService(accounts?: unknown): Promise<TimedService> {
  const clock = createHandClock()
  const roles = ['ingest', 'read', 'operate']
  const keys = new Map(
    ['ingest+read+operate', ...roles].map((role) => [role, randomBytes(24).toString('hex')]),
  )
  const settings = {
    API_KEYS: Array.from(keys)
      .map(([role, key]) => `${role}:${role}:${key}`)
      .join(','),
  }
  const service = await startTestService({
    idle: true,
    clock,
    settings,
    ...(accounts === undefined ? {} : { accounts }),
  })
  const { url, notify, sql, logs } = service
  const databaseUrl = service.database.url
  const parts = createParts({ databaseUrl, clock, ...(accounts === undefined ? {} : { accounts }) })
  const { swept } = parts
  const sweeper = (services: Partial<Services<{ deadlines: DeadlineStore }>> = {}): Sweeper =>
    createSweeper({ ...parts.services, ...services })
  const send = async (
    path: string,
    init: { method: string; body?: string; headers?: Record<string, string> },
    role: string,
  ): Promise<Answer> => {
    const authorization = `Bearer ${keys.get(role) ?? ''}`
    const answer = await fetch(`${url}${path}`, { ...init, headers: { ...init.headers, authorization } })
    const text = await answer.text()
    return { status: answer.status, body: JSON.parse(text === '' ? '{}' : text) as AnswerBody }
  }
  const json = { 'content-type': 'application/json' }
  return {
    ...{
      url,
      notify,
      sql,
      logs,
      apiKey: keys.get('ingest+read+operate') ?? '',
      clock,
      parts,
      swept,
      sweeper,
    },
    call: async (method, path, body, role = 'ingest+read+operate') =>
      // Many clients say what kind of body they do not send.
      send(path, { method, headers: json, ...(body && { body: JSON.stringify(body) }) }, role),
    respond: async (body, key) => {
      const headers = key === undefined ? json : { ...json, 'idempotency-key': key }
      const answer = await send(
        '/v1/responses',
        { method: 'POST', body: JSON.stringify(body), headers },
        'ingest',
      )
      if (answer.status !== 202) throw new Error(JSON.stringify(answer))
    },
    settle: parts.settle,
    pass: async (ms) => {
      await clock.advance(ms)
      const { runOnce } = sweeper()
      while ((await runOnce()) > 0);
    },
    stop: async () => {
      await parts.close()
      await stopWith(clock, service)
    },
  }
}
