import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where this build's migrations are: `prisma/migrations`, one folder `<UTC timestamp>_<name>` each. */
export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url))

/** One migration as it lies on disk. */
export interface MigrationFolder {
  /** The folder's name, which is also its identity in `_prisma_migrations`. */
  name: string
  sql: string
  /** SHA-256 of the script, hexadecimal; Prisma stores the same when it applies the script. */
  checksum: string
}

/** Every migration below `directory`, oldest first. Throws when a folder lacks its `migration.sql`. */
export async function readMigrationFolders(directory = MIGRATIONS_DIRECTORY): Promise<MigrationFolder[]> {
  const names = await migrationNames(directory)
  return Promise.all(names.map((name) => readMigrationFolder(directory, name)))
}

/** The names alone, oldest first; they carry their timestamp, so sorting by text sorts by age. */
export async function migrationNames(directory = MIGRATIONS_DIRECTORY): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return names.sort()
}

async function readMigrationFolder(directory: string, name: string): Promise<MigrationFolder> {
  const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8')
  return { name, sql, checksum: checksumOf(sql) }
}

/** SHA-256 of a script, hexadecimal. */
export function checksumOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex')
}
