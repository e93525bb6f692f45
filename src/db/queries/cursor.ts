import { AppError } from '../../lib/errors.ts'

/**
 * One page of a list of which `limit + 1` rows were read. Its cursor is opaque to callers and holds the sort key of the last row,
 * a time first; null: no row follows.
 */
export function cutPage<Row>(
  rows: readonly Row[],
  limit: number,
  sortKey: (last: Row) => readonly string[],
): { page: readonly Row[]; nextCursor: string | null } {
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { page, nextCursor: last === undefined ? null : encodeCursor(sortKey(last)) }
}

const encodeCursor = (parts: readonly string[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url')

/** Throws `invalid_request` for anything that `encodeCursor` did not make. */
export function decodeCursor(cursor: string, length: number): string[] {
  const parts = parse(cursor)
  const valid =
    Array.isArray(parts) && parts.length === length && parts.every(isStorableText) && isInstant(parts[0])
  if (!valid) {
    throw new AppError('invalid_request', 'cursor: pass nextCursor of the page before, unchanged')
  }
  return parts
}

const isStorableText = (part: unknown): part is string =>
  typeof part === 'string' && part.isWellFormed() && !part.includes('\0')

/** A time in the form that `encodeCursor` is given. A year outside PostgreSQL's range never has this form. */
const isInstant = (text: string | undefined): boolean =>
  text !== undefined && /^[1-9]\d{3}-/.test(text) && !Number.isNaN(Date.parse(text))

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}

/** An id out of a cursor: one that was tampered with must not reach the database as something that is no id. */
export function toUuid(text: string): string {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
    ? text
    : '00000000-0000-0000-0000-000000000000'
}
