import { setImmediate as nextTurn } from 'node:timers/promises'
import pg from 'pg'
import { allInOrder } from '../lib/all-in-order.ts'

/**
 * One pool for everything: Prisma reads and writes through it, and the two hot statements (receipt, processing) use it
 * directly, because Prisma's raw queries cost a quarter of the pipeline's rate (docs/decisions/0002-hot-statements.md).
 */
export function createPool(options: {
  databaseUrl: string
  max: number
  onError: (error: Error) => void
}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.max,
    // A request without a connection fails soon with 503: the provider then redelivers. A request that hangs causes no redelivery.
    connectionTimeoutMillis: 2_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    // Statements that are issued together are sent together: a round trip costs more than most statements do.
    pipeline: true,
    application_name: 'payment-notification-receiver',
    // Compiling a plan pays off for scans of minutes. Here it would cost more than the statements themselves.
    options: '-c jit=off',
    // No statement of the service comes near these limits. They turn a stuck lock into an error that is retried.
    statement_timeout: 15_000,
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 15_000,
    // The client's own limit, for a server that stopped answering and does not enforce its own.
    query_timeout: 16_000,
  })
  // Without a handler an idle connection that breaks would end the process. The next query gets another connection.
  pool.on('error', options.onError)
  // A connection that breaks inside a transaction would end it too: the pool listens only to connections that it holds itself.
  // The statement that is running fails, and its caller handles the loss.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** For statements that wait for no lock: without an answer by then, the server is lost. */
const PROMPT_MS = 2_000

/** The statement with a short time limit. pg has the option; its types lack it. */
export const prompt = <Query extends object>(query: Query, query_timeout = PROMPT_MS): Query => ({
  ...query,
  query_timeout,
})

/** A transaction that waited for a lock must see what was committed meanwhile. The server's default may be another level. */
const WRITING = 'BEGIN ISOLATION LEVEL READ COMMITTED'
const READING = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'

/** A statement whose answer decides nothing: the COMMIT does not wait for it. */
export interface LastStatement extends pg.QueryConfig {
  onRows?(rows: unknown[]): void
}

/** What happens between BEGIN and COMMIT; `last` takes the statements to end with, in their order. */
type Work<T> = (client: pg.PoolClient, last: LastStatement[]) => Promise<T>

/** Run `work` between BEGIN and COMMIT on one connection; anything thrown rolls back and destroys a broken connection. */
export const withTransaction = async <T>(pool: pg.Pool, work: Work<T>): Promise<T> =>
  between(pool, WRITING, begunBefore(work))

/** The same for several reads that must see one state of the database. */
export const withSnapshot = async <T>(pool: pg.Pool, work: Work<T>): Promise<T> =>
  between(pool, READING, begunBefore(work))

/**
 * A transaction that does not wait for its BEGIN. `work` sets a savepoint before it writes anything: were there no transaction
 * after all, PostgreSQL would refuse that.
 */
export const withSavepoints = async <T>(pool: pg.Pool, work: Work<T>): Promise<T> =>
  between(pool, WRITING, async (begun, ...given) => {
    const [, result] = await allInOrder([begun, work(...given)])
    return result
  })

/** A transaction that ends in ROLLBACK, whatever `work` did in it. */
export const withRollback = async <T>(pool: pg.Pool, work: Work<T>): Promise<T> =>
  between(pool, WRITING, begunBefore(work), async (client) => {
    await client.query('ROLLBACK')
  })

type BegunWork<T> = (begun: Promise<unknown>, ...given: Parameters<Work<T>>) => Promise<T>

const begunBefore =
  <T>(work: Work<T>): BegunWork<T> =>
  async (begun, ...given) => {
    await begun
    return work(...given)
  }

type End = (client: pg.PoolClient, last: readonly LastStatement[]) => Promise<void>

async function between<T>(pool: pg.Pool, begin: string, work: BegunWork<T>, end: End = commit): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    const last: LastStatement[] = []
    const result = await work(client.query(prompt({ text: begin })), client, last)
    await end(client, last)
    return result
  } catch (error) {
    broken = await rollback(client)
    throw error
  } finally {
    client.release(broken)
  }
}

/**
 * Send the last statements and the COMMIT, and wait for all answers together. Where PostgreSQL refused one of them it takes the
 * COMMIT for a ROLLBACK; one that did not even leave fails within this turn, and no COMMIT is sent.
 */
async function commit(client: pg.PoolClient, last: readonly LastStatement[]): Promise<void> {
  const unsent: unknown[] = []
  const sent = last.map(async (statement) => client.query(statement))
  for (const one of sent) one.catch((error: unknown) => unsent.push(error))
  if (sent.length > 0) await nextTurn()
  const answers = await allInOrder([...sent, ...(unsent.length === 0 ? [client.query('COMMIT')] : [])])
  tell(last, answers)
}

/** Send what would go with the COMMIT now, so that the next statement sees it. */
export async function sendLast(client: pg.PoolClient, last: LastStatement[]): Promise<void> {
  const statements = last.splice(0)
  tell(statements, await allInOrder(statements.map(async (statement) => client.query(statement))))
}

function tell(statements: readonly LastStatement[], answers: readonly pg.QueryResult<object>[]): void {
  for (const [index, statement] of statements.entries()) statement.onRows?.(answers[index]?.rows ?? [])
}

async function rollback(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query(prompt({ text: 'ROLLBACK' }))
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error('rollback failed')
  }
}

/**
 * SQLSTATE classes that blame a value (21 cardinality, 22 data, 23 constraint, 54 limit) rather than the connection, the
 * server or a conflict: only these are worth trying again row by row.
 */
export const isDataError = (error: unknown): boolean => hasCode(error, /^(21|22|23|54)/)

/** A lock that was not granted in time, or a statement that took too long: work on other rows may succeed. */
export const isLockTimeout = (error: unknown): boolean => hasCode(error, /^(55P03|57014)$/)

const hasCode = (error: unknown, codes: RegExp): boolean =>
  error instanceof pg.DatabaseError && codes.test(error.code ?? '')
