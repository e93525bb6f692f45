import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { readMigrationFolders } from './folders.ts'
import { migrationList, withSchemaEngine } from './schema-engine.ts'

const SCHEMA_FILE = fileURLToPath(new URL('../../../prisma/schema.prisma', import.meta.url))

export interface SchemaDiffOptions {
  /** A server where a shadow database may be created and dropped; the named database itself is not touched. */
  databaseUrl: string
  /** Folder of the migrations; this build's by default. */
  directory?: string
  /** The Prisma schema to arrive at; this build's by default. */
  schemaFile?: string
}

/**
 * The SQL that leads from what the migrations build to what the schema file says; undefined when both agree. Prisma
 * compares tables, columns, keys, plain indexes and enums of the default schema. What only SQL can say (views, the
 * schema `ops`, comments, roles, partial indexes, checks) it neither sees nor drops.
 */
export async function diffSchema(options: SchemaDiffOptions): Promise<string | undefined> {
  const { databaseUrl, directory, schemaFile = SCHEMA_FILE } = options
  const list = migrationList(await readMigrationFolders(directory))
  const content = await readFile(schemaFile, 'utf8')
  const result = await withSchemaEngine(databaseUrl, (engine) =>
    engine.diff({
      from: { tag: 'migrations', ...list },
      to: { tag: 'schemaDatamodel', files: [{ path: 'prisma/schema.prisma', content }] },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    }),
  )
  return result.exitCode === 0 ? undefined : (result.stdout ?? '')
}
