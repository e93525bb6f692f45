import type { HeldSnapshot } from './stores.ts'

/**
 * Since when the oldest snapshot is held; null: none is. A holder that does not tell since when counts from the reading that first
 * showed it.
 */
export function createSnapshotAges(): (held: readonly HeldSnapshot[], now: Date) => Date | null {
  let firstSeen: ReadonlyMap<string, number> = new Map()
  return (held, now) => {
    const at = now.getTime()
    firstSeen = new Map(held.map(({ holder }) => [holder, firstSeen.get(holder) ?? at]))
    const since = held.map(({ holder, seconds }) =>
      seconds === null ? (firstSeen.get(holder) ?? at) : at - seconds * 1_000,
    )
    return held.length === 0 ? null : new Date(Math.min(...since))
  }
}
