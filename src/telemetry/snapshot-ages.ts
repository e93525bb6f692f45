import type { HeldSnapshot } from './stores.ts'

/**
 * Age of the oldest snapshot, in seconds; 0: none is held. A holder that does not tell since when counts from the reading that first
 * showed it.
 */
export function createSnapshotAges(): (held: readonly HeldSnapshot[], now: Date) => number {
  let firstSeen: ReadonlyMap<string, number> = new Map()
  return (held, now) => {
    const at = now.getTime()
    firstSeen = new Map(held.map(({ holder }) => [holder, firstSeen.get(holder) ?? at]))
    const ages = held.map(({ holder, seconds }) => seconds ?? (at - (firstSeen.get(holder) ?? at)) / 1_000)
    return Math.max(0, ...ages)
  }
}
