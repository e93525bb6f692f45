import { AppError } from '../lib/errors.ts'

/**
 * Codes of pg, Node's sockets, PostgreSQL and Prisma for faults that pass, as opposed to faults of the statement: connection lost or
 * refused, server starting or stopping, too many connections, read-only, out of disk, statement or lock time-out, and a
 * transaction that had to give way to another (class 40).
 */
const UNAVAILABLE =
  /^(ECONN\w+|EPIPE|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|08\w{3}|40001|40P01|53\w{3}|57\w{3}|55P03|25006|P1001|P1002|P1008|P1017|P2024|P2028|P2037)$/

/** pg has no code for these; a client that broke between two statements of a transaction is no longer "queryable". */
const LOST_CONNECTION =
  /connection terminated|timeout exceeded when trying to connect|Query read timeout|is not queryable/i

/** Whether the same statement may succeed a moment later; looks through the wrappings of Prisma's driver adapter. */
export function isUnavailable(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 4) return false
  const { code, originalCode, message, cause, meta } = error as Record<string, unknown>
  if ([code, originalCode].some((value) => typeof value === 'string' && UNAVAILABLE.test(value))) return true
  if (typeof message === 'string' && LOST_CONNECTION.test(message)) return true
  return [cause, meta, (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError].some(
    (inner) => isUnavailable(inner, depth + 1),
  )
}

/** The same functions, answering `storage_unavailable` when the database is away: reading is a 503 then, not a 500. */
export function withStorageUnavailable<Store extends object>(store: Store): Store {
  return Object.fromEntries(
    Object.entries(store).map(([name, call]) => [
      name,
      guarded(call as (...args: unknown[]) => Promise<unknown>),
    ]),
  ) as Store
}

const guarded =
  (call: (...args: unknown[]) => Promise<unknown>) =>
  async (...args: unknown[]): Promise<unknown> => {
    try {
      return await call(...args)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      throw new AppError('storage_unavailable', 'The database does not answer; ask again later', {
        cause: error,
      })
    }
  }
