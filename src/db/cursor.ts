import { AppError } from '../lib/errors.ts'

/** Page marks: opaque to callers, the sort key of the last row inside. */
export const encodeCursor = (parts: readonly string[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url')

/** Throws `invalid_request` for anything that `encodeCursor` did not make. */
export function decodeCursor(cursor: string, length: number): string[] {
  const parts = parse(cursor)
  const valid =
    Array.isArray(parts) && parts.length === length && parts.every((part) => typeof part === 'string')
  if (!valid || Number.isNaN(Date.parse(parts[0] ?? ''))) {
    throw new AppError('invalid_request', 'cursor: pass nextCursor of the page before, unchanged')
  }
  return parts
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}
