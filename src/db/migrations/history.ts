import { checksumOf, type MigrationFolder } from './folders.ts'

/** Anything that runs one SQL text: a pg client or pool, or a wrapper around Prisma's raw query. */
export interface SqlReader {
  query(sql: string): Promise<{ rows: Record<string, unknown>[] }>
}

/** What the database's history says, measured against this build's folders. */
export interface MigrationHistory {
  /** Of this build, not applied yet; oldest first. */
  pending: string[]
  /** Begun and neither finished nor marked as rolled back, by this build or another. */
  failed: string[]
  /** Applied from a script that differs from the one in this build. */
  edited: string[]
  /** Applied, but this build does not know them. */
  unknown: string[]
}

interface HistoryRow {
  name: string
  checksum: string
  state: 'applied' | 'failed' | 'rolled_back'
}

const HISTORY = `
  SELECT migration_name AS name, checksum,
    CASE WHEN rolled_back_at IS NOT NULL THEN 'rolled_back'
         WHEN finished_at IS NULL THEN 'failed'
         ELSE 'applied' END AS state
  FROM _prisma_migrations ORDER BY started_at`

/** Compare the database's history with `folders`. A database without a history table has everything pending. */
export async function readHistory(
  database: SqlReader,
  folders: readonly MigrationFolder[],
): Promise<MigrationHistory> {
  const rows = await readRows(database)
  const applied = new Map(
    rows.filter((row) => row.state === 'applied').map((row) => [row.name, row.checksum]),
  )
  const known = new Set(folders.map((folder) => folder.name))
  return {
    pending: folders.filter((folder) => !applied.has(folder.name)).map((folder) => folder.name),
    failed: rows.filter((row) => row.state === 'failed').map((row) => row.name),
    edited: folders.filter((folder) => isEdited(folder, applied)).map((folder) => folder.name),
    unknown: [...applied.keys()].filter((name) => !known.has(name)),
  }
}

async function readRows(database: SqlReader): Promise<HistoryRow[]> {
  const table = await database.query(`SELECT to_regclass('_prisma_migrations')::text AS name`)
  if (table.rows[0]?.['name'] == null) return []
  const history = await database.query(HISTORY)
  return history.rows as unknown as HistoryRow[]
}

/** A checkout that turns line ends into CRLF is not an edit; Prisma's engine forgives the same. */
function isEdited(folder: MigrationFolder, applied: ReadonlyMap<string, string>): boolean {
  const recorded = applied.get(folder.name)
  if (recorded === undefined || recorded === folder.checksum) return false
  const unix = folder.sql.replaceAll('\r\n', '\n')
  return recorded !== checksumOf(unix) && recorded !== checksumOf(unix.replaceAll('\n', '\r\n'))
}
