import pg from 'pg'
import { vi } from 'vitest'
import { runSql } from './database.ts'

/** What PostgreSQL says of the statements that it executes for this process: every one, from any client. */

/** A statement as it was executed. */
export interface Executed {
  text: string
  plan: PlanNode
}

/** As EXPLAIN (FORMAT JSON) tells it; the actual figures only of what was executed. */
export interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  /** Descents into the index in all loops; more than one in a loop: several values, or groups were skipped. */
  'Index Searches'?: number
  'Recheck Cond'?: string
  /** Mean over the loops. */
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  /** Pages, those of the nodes below included; of what was executed. */
  'Shared Hit Blocks'?: number
  'Shared Read Blocks'?: number
  Plans?: PlanNode[]
}

export interface Watch {
  executed: Executed[]
  /** Texts of the statements that are prepared under a name, whose plans may serve any values; by that name. */
  named: Map<string, string>
  stop: () => void
}

/** Let every connection that is opened from now on tell its plans. */
export async function watchStatements(databaseUrl: string): Promise<Watch> {
  const name = new URL(databaseUrl).pathname.slice(1)
  await runSql(databaseUrl, SETTINGS.map((setting) => `ALTER DATABASE ${name} SET ${setting}`).join(';'))
  const executed: Executed[] = []
  const named = new Map<string, string>()
  const heard = new WeakSet<pg.Client>()
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on the client that it was called on
  const send = pg.Client.prototype.query as (this: pg.Client, ...given: unknown[]) => unknown
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...given: unknown[]
  ) {
    if (!heard.has(this) && isNamed(this))
      this.on('notice', (notice) => executed.push(...readNotice(notice.message)))
    heard.add(this)
    const { name: known, text } = Object(given[0]) as { name?: string; text?: string }
    if (known !== undefined && text !== undefined) named.set(known, text)
    return Reflect.apply(send, this, given)
  })
  return {
    executed,
    named,
    stop: () => {
      spy.mockRestore()
    },
  }
}

/** The service says who it is; what the test itself asks by the way does not count. */
const isNamed = (client: pg.Client): boolean =>
  (client as unknown as { connectionParameters: { application_name?: string } }).connectionParameters
    .application_name !== undefined

const SETTINGS = [
  // Here some tables are small that are not in production, and a small table is read whole: unless that is put off, and
  // stepping into an index costs no more than reading on.
  'enable_seqscan = off',
  'random_page_cost = 1',
  "session_preload_libraries = 'auto_explain'",
  'auto_explain.log_min_duration = 0',
  'auto_explain.log_analyze = on',
  'auto_explain.log_timing = off',
  'auto_explain.log_buffers = on',
  'auto_explain.log_format = json',
  'auto_explain.log_parameter_max_length = 0',
  'auto_explain.log_level = notice',
]

function readNotice(message = ''): Executed[] {
  const [, json] = /^duration: .* plan:\n([\s\S]*)$/.exec(message) ?? []
  if (json === undefined) return []
  const { 'Query Text': text, Plan: plan } = JSON.parse(json) as { 'Query Text': string; Plan: PlanNode }
  return [{ text, plan }]
}

/** The plan of a statement for whatever values, as a prepared one may come to use it. */
export async function genericPlan(client: pg.Client, text: string): Promise<PlanNode> {
  // PostgreSQL 16 has an option for it; an older one plans a prepared statement so when it is told to.
  await client.query(`SET plan_cache_mode = force_generic_plan; PREPARE asked AS ${text}`)
  const { rows: prepared } = await client.query<{ parameters: number }>(
    `SELECT cardinality(parameter_types) AS parameters FROM pg_prepared_statements WHERE name = 'asked'`,
  )
  const nulls = Array.from({ length: prepared[0]?.parameters ?? 0 }, () => 'NULL').join(', ')
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `EXPLAIN (FORMAT JSON) EXECUTE asked${nulls === '' ? '' : `(${nulls})`}`,
  )
  await client.query('DEALLOCATE asked')
  return rows[0]!['QUERY PLAN'][0].Plan
}

/** Every node of a plan. */
export const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

/** Rows that a node met in all its loops, whether or not it passed them on. */
export const rowsMet = (node: PlanNode): number =>
  ((node['Actual Rows'] ?? 0) +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0)) *
  (node['Actual Loops'] ?? 0)

/** Pages that a statement looked at. */
export const pagesOf = (plan: PlanNode): number =>
  (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0)
