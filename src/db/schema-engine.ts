import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, DriverAdapterError } from '@prisma/driver-adapter-utils'
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import type { MigrationFolder } from './migration-folders.ts'

/** Prisma's own schema engine, in its WebAssembly build; one instance is bound to one database. */
type SchemaEngineClass = typeof SchemaEngine

type PgAdapter = Awaited<ReturnType<PrismaPg['connect']>>

const ENGINE = '@prisma/schema-engine-wasm/schema_engine_bg'

/** Node has the global, but its types only come with those of the browser. */
const { WebAssembly: webAssembly } = globalThis as unknown as {
  WebAssembly: {
    instantiate(
      binary: Uint8Array,
      imports: Record<string, object>,
    ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>
  }
}

let loading: Promise<SchemaEngineClass> | undefined

/** Run `use` with an engine connected to `databaseUrl`; its connections are closed however `use` ends. */
export async function withSchemaEngine<T>(
  databaseUrl: string,
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const Engine = await (loading ??= loadEngine())
  const opened: SqlDriverAdapter[] = []
  const factory = bindMigrationAwareSqlAdapterFactory(adapterFactory(databaseUrl, opened))
  try {
    const engine = await Engine.new({ datamodels: undefined }, ignoreEngineLog, factory)
    return await use(engine)
  } finally {
    await Promise.all(opened.map((adapter) => adapter.dispose()))
  }
}

/** The folders in the form the engine takes them. */
export function migrationList(folders: readonly MigrationFolder[]): MigrationList {
  return {
    baseDir: 'prisma/migrations',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: folders.map((folder) => ({
      path: folder.name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: folder.sql } },
    })),
  }
}

function ignoreEngineLog(): void {
  // The engine reports every script it runs; `migrate` says the same in one line per migration.
}

/** The package's own entry imports the .wasm as a module, which Node still announces as experimental on stderr. */
async function loadEngine(): Promise<SchemaEngineClass> {
  const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const binary = await readFile(
    createRequire(import.meta.url)
      .resolve(ENGINE)
      .replace(/\.js$/, '.wasm'),
  )
  const { instance } = await webAssembly.instantiate(binary, { './schema_engine_bg.js': bindings })
  bindings.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return bindings.SchemaEngine
}

function adapterFactory(
  databaseUrl: string,
  opened: SqlDriverAdapter[],
): SqlMigrationAwareDriverAdapterFactory {
  const connect = async () => {
    // One connection: the engine's own session lock has to be taken and released by the same session.
    const pool = { connectionString: databaseUrl, max: 1 }
    const adapter = runningWholeScripts(await new PrismaPg(pool).connect())
    opened.push(adapter)
    return adapter
  }
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect,
    connectToShadowDb: () => openShadow(databaseUrl),
  }
}

/**
 * The adapter splits scripts at every semicolon, which cuts function bodies, comments and text in two. Sent whole,
 * a script is also one implicit transaction: a migration that fails leaves nothing of itself behind.
 */
function runningWholeScripts(adapter: PgAdapter, dispose = () => adapter.dispose()): SqlDriverAdapter {
  const executeScript = async (script: string) => {
    await adapter.underlyingDriver().query(script).catch(rethrowForEngine)
  }
  return Object.assign(Object.create(adapter) as PgAdapter, { executeScript, dispose })
}

/**
 * The engine writes the error of a migration into the history. Some SQLSTATEs it replaces by coarser words of its own,
 * so it gets none of them and PostgreSQL's sentence stays whole.
 */
function rethrowForEngine(cause: unknown): never {
  if (!(cause instanceof pg.DatabaseError)) throw cause
  const { code = '', severity = 'ERROR', detail, column, hint } = cause
  const message = `${cause.message} (SQLSTATE ${code})`
  throw new DriverAdapterError({ kind: 'postgres', code: 'XX000', severity, message, detail, column, hint })
}

/** The adapter's own shadow database ignores its name when it is given a connection string; so make one here. */
async function openShadow(databaseUrl: string): Promise<SqlDriverAdapter> {
  const name = `shadow_${crypto.randomUUID()}`
  await runOnce(databaseUrl, `CREATE DATABASE "${name}"`)
  const url = new URL(databaseUrl)
  url.pathname = `/${name}`
  const adapter = await new PrismaPg({ connectionString: url.href, max: 1 }).connect()
  return runningWholeScripts(adapter, async () => {
    await adapter.dispose()
    await runOnce(databaseUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
  })
}

async function runOnce(databaseUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}
