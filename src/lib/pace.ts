/** So much at once and so much a second afterwards, in turns; who would wait too long is told instead. */
export interface Pace {
  /** Take a turn: milliseconds until it comes. Null: too many wait already, and no turn is taken. */
  turn(): number | null
}

/** `now` in milliseconds, by a clock that nobody sets. */
export function createPace({
  now,
  burst,
  perSecond,
  maxWaiting,
}: {
  now: () => number
  burst: number
  perSecond: number
  maxWaiting: number
}): Pace {
  const each = 1_000 / perSecond
  /** When the turns that were taken are used up. */
  let usedUpAt = -Infinity
  return {
    turn: () => {
      const at = now()
      const next = Math.max(at, usedUpAt) + each
      const wait = next - at - burst * each
      if (wait > maxWaiting * each) return null
      usedUpAt = next
      return Math.max(0, wait)
    },
  }
}
