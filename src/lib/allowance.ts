import type { Clock } from './clock.ts'

/** So much at once, and no more than so much a second in the long run (a token bucket). */
export interface Allowance {
  /** Spend one; false: nothing is left. */
  take(): boolean
}

export function createAllowance({
  clock,
  burst,
  perSecond,
}: {
  clock: Clock
  burst: number
  perSecond: number
}): Allowance {
  let left = burst
  let seenAt = clock.now().getTime()
  return {
    take: () => {
      const now = clock.now().getTime()
      // A clock that is set back earns nothing, and takes nothing away.
      left = Math.min(burst, left + (Math.max(0, now - seenAt) * perSecond) / 1_000)
      seenAt = now
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}
