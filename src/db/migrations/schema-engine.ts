import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { bindMigrationAwareSqlAdapterFactory, type SqlDriverAdapter } from '@prisma/driver-adapter-utils'
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg'
import type { MigrationFolder } from './folders.ts'
import { schemaEngineAdapter } from './schema-engine-adapter.ts'

/** Prisma's own schema engine, in its WebAssembly build; one instance is bound to one database. */
type SchemaEngineClass = typeof SchemaEngine

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
  const factory = bindMigrationAwareSqlAdapterFactory(schemaEngineAdapter(databaseUrl, opened))
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
  const { instance } = await webAssembly.instantiate(binary, {
    './schema_engine_bg.js': withIdleTimers(bindings),
  })
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: throwPanic } })
  bindings.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return bindings.SchemaEngine
}

/**
 * The engine arms a timer of ten seconds around its lock and never disarms it. It must not keep a process alive whose
 * work is done; while the engine works, its connection does.
 */
function withIdleTimers(bindings: object): Record<string, object> {
  const idleTimeout = (callback: () => void, ms: number) => setTimeout(callback, ms).unref()
  return Object.fromEntries(
    Object.entries(bindings).map(([name, binding]: [string, object]) => [
      name,
      name.startsWith('__wbg_setTimeout_') ? idleTimeout : binding,
    ]),
  )
}

/** The engine calls this with the message of its panic. Without it a panic has no message. */
function throwPanic(message: string): never {
  throw new Error(`Prisma's schema engine broke down: ${message}`)
}
