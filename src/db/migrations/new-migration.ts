import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MIGRATIONS_DIRECTORY } from './folders.ts'
import { diffSchema, type SchemaDiffOptions } from './schema-diff.ts'

/**
 * Write `<UTC timestamp>_<name>/migration.sql` with what is missing between the migrations and the schema file, and
 * return its path. Throws when the name is not snake_case and when there is nothing to migrate.
 */
export async function createMigration(name: string, now: Date, options: SchemaDiffOptions): Promise<string> {
  if (!/^[a-z][a-z0-9_]{0,60}$/.test(name)) {
    throw new Error(`A migration needs a name in snake_case, such as add_refund_reason; got '${name}'.`)
  }
  const sql = await diffSchema(options)
  if (sql === undefined) {
    throw new Error(
      'The migrations already build what prisma/schema.prisma says: there is nothing to migrate.',
    )
  }
  const timestamp = now.toISOString().replace(/\D/g, '').slice(0, 14)
  const folder = join(options.directory ?? MIGRATIONS_DIRECTORY, `${timestamp}_${name}`)
  await mkdir(folder)
  await writeFile(join(folder, 'migration.sql'), sql)
  return join(folder, 'migration.sql')
}
