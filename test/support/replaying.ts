import type { Pool } from 'pg'
import type { TestService } from './service.ts'
import { until } from './until.ts'

/** Replays as operators ask for them over HTTP. */

export interface ShownPlan {
  planId: string
  messages: number
  tried: number
  staying: Record<string, number>
  changes: {
    kind: string
    reference?: string
    orderId?: string
    before: Record<string, unknown> | null
    after: Record<string, unknown> | null
  }[]
}

export interface ShownReplay {
  id: string
  actor: string
  messages: number
  replayed: number
  staying: Record<string, number>
  endedAt: string | null
}

/** A plan, a replay or a problem. */
type Shown = ShownPlan & ShownReplay & { code?: string }

export async function post(
  service: TestService,
  path: string,
  body?: object,
): Promise<{ status: number; json: Shown }> {
  const answer = await service.api(path, { method: 'POST', body: JSON.stringify(body ?? {}) })
  return { status: answer.status, json: (await answer.json()) as Shown }
}

export async function planned(service: TestService, filter: object): Promise<ShownPlan> {
  const { status, json } = await post(service, '/v1/inbox/replay', { filter, dryRun: true })
  if (status !== 200) throw new Error(`a dry run was answered ${status}: ${JSON.stringify(json)}`)
  return json
}

/** Apply, and wait until it has ended. */
export async function applied(service: TestService, planId: string): Promise<ShownReplay> {
  const { status, json } = await post(service, '/v1/inbox/replay', { planId })
  if (status !== 202) throw new Error(`a plan was answered ${status}: ${JSON.stringify(json)}`)
  return ended(service, json.id)
}

export async function ended(service: TestService, id: string): Promise<ShownReplay> {
  let shown: ShownReplay | undefined
  await until(
    async () => {
      shown = (await (await service.api(`/v1/inbox/replays/${id}`)).json()) as ShownReplay
      return shown.endedAt !== null
    },
    { what: () => `the replay ended: ${JSON.stringify(shown)}` },
  )
  return shown!
}

/** Every row of every table that a replay may touch, with ids, versions and times. */
export async function everything(pool: Pick<Pool, 'query'>): Promise<Record<string, unknown>> {
  const tables = [
    'inbox_messages',
    'inbox_queue',
    'inbox_outcomes',
    'transaction_events',
    'event_repetitions',
  ]
  const written = ['superseded_events', 'replays', 'transactions', 'orders', 'discrepancies', 'deadlines']
  const rows: Record<string, unknown> = {}
  for (const table of [...tables, ...written, 'daily_totals', 'audit_log', 'expectations', 'resolutions']) {
    const read = await pool.query<{ rows: unknown }>(
      `SELECT coalesce(json_agg(t ORDER BY t::text), '[]') AS rows FROM ${table} t`,
    )
    rows[table] = read.rows[0]?.rows
  }
  return rows
}
