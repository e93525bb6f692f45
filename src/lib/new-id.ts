import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

/** Asking the system for random bytes costs more than everything else about an id: they are fetched for 256 at a time. */
const pool = new Uint8Array(256 * 16)
let used = pool.length

/** A UUID of version 7: later ones are greater, to the millisecond. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.subarray(used, used + 16)
  used += 16
  return v7({ random })
}
