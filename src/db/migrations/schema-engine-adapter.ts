import { PrismaPg } from '@prisma/adapter-pg'
import {
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { onDatabase } from '../database-url.ts'

/**
 * Connects the engine to `databaseUrl` through Prisma's pg adapter, mended where the adapter, made for the client's
 * queries, falls short of migrations. Every adapter it opens is also put into `opened`, to be disposed of by the caller.
 */
export function schemaEngineAdapter(
  databaseUrl: string,
  opened: SqlDriverAdapter[],
): SqlMigrationAwareDriverAdapterFactory {
  const remember = (adapter: SqlDriverAdapter) => {
    opened.push(adapter)
    return adapter
  }
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: async () => remember(await openAdapter(databaseUrl)),
    connectToShadowDb: async () => remember(await openShadow(databaseUrl)),
  }
}

async function openAdapter(databaseUrl: string): Promise<SqlDriverAdapter> {
  // One connection: the engine's own session lock has to be taken and released by the same session.
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  const charColumns = disguiseChars(pool)
  const adapter = await new PrismaPg(pool, { disposeExternalPool: true }).connect()
  const queryRaw = adapter.queryRaw.bind(adapter)
  return Object.assign(adapter, {
    executeScript: (script: string) => runWholeScript(pool, script),
    async queryRaw(query: SqlQuery) {
      const result = await queryRaw(query)
      for (const column of charColumns.get(result.rows) ?? []) result.columnTypes[column] = CHARACTER
      return result
    },
  })
}

// Of PostgreSQL's types, "char" (one byte, used by the catalog) and text; of the engine's, a single character.
const CHAR_OID = 18
const TEXT_OID = 25
const CHARACTER = ColumnTypeEnum.Character

/**
 * The engine describes a database by its catalog, where it expects single characters; the adapter refuses PostgreSQL's
 * type for them, "char". So they pass the adapter as text, and the returned map says which columns of which rows they were.
 */
function disguiseChars(pool: pg.Pool): WeakMap<unknown[], number[]> {
  const charColumns = new WeakMap<unknown[], number[]>()
  const query = pool.query.bind(pool) as (query: pg.QueryArrayConfig) => Promise<pg.QueryArrayResult>
  const disguising = async (statement: pg.QueryArrayConfig) => {
    const result = await query(statement)
    const chars = result.fields.filter((field) => field.dataTypeID === CHAR_OID)
    charColumns.set(
      result.rows,
      chars.map((field) => result.fields.indexOf(field)),
    )
    for (const field of chars) field.dataTypeID = TEXT_OID
    return result
  }
  Object.assign(pool, { query: disguising })
  return charColumns
}

/**
 * The adapter splits scripts at every semicolon, which cuts function bodies, comments and text in two. Sent whole,
 * a script is also one implicit transaction: a migration that fails leaves nothing of itself behind.
 */
async function runWholeScript(pool: pg.Pool, script: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query(script)
  } catch (cause) {
    rethrowForEngine(cause)
  } finally {
    client.release()
  }
}

/**
 * The engine writes the error of a migration into the history. Some SQLSTATEs it replaces by coarser words of its own,
 * so it gets none of them and PostgreSQL's sentence stays whole.
 */
function rethrowForEngine(cause: unknown): never {
  const { code = '', message } = cause as Partial<pg.DatabaseError> & Error
  throw new DriverAdapterError({
    kind: 'postgres',
    code: 'XX000',
    severity: 'ERROR',
    message: code === '' ? message : `${message} (SQLSTATE ${code})`,
    detail: undefined,
    column: undefined,
    hint: undefined,
  })
}

/** The adapter's own shadow database ignores its name when it is given a connection string; so make one here. */
async function openShadow(databaseUrl: string): Promise<SqlDriverAdapter> {
  const name = `shadow_${crypto.randomUUID()}`
  await runOnce(databaseUrl, `CREATE DATABASE "${name}"`)
  const adapter = await openAdapter(onDatabase(databaseUrl, name))
  const close = adapter.dispose.bind(adapter)
  const remove = async () => {
    await close()
    await runOnce(databaseUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
  }
  // The engine disposes of it when all went well, the caller in any case.
  let removing: Promise<void> | undefined
  return Object.assign(adapter, { dispose: () => (removing ??= remove()) })
}

async function runOnce(databaseUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}
