/** So much at once, and no more than so much a second in the long run. */
export interface TokenBucket {
  /** Spend one; false: none is left. */
  take: () => boolean
  /** Milliseconds until there is one to spend; 0 or less: there is one now. */
  msUntilNext: () => number
}

/** `now`: milliseconds of the clock that fills it. A clock that is set back adds nothing, and takes nothing away. */
export function createTokenBucket({
  burst,
  perSecond,
  now,
}: {
  burst: number
  perSecond: number
  now: () => number
}): TokenBucket {
  const each = 1_000 / perSecond
  let left = burst
  let filledAt = now()
  const fill = (): void => {
    const at = now()
    left = Math.min(burst, left + Math.max(0, at - filledAt) / each)
    filledAt = at
  }
  return {
    take: () => {
      fill()
      if (left < 1) return false
      left -= 1
      return true
    },
    msUntilNext: () => {
      fill()
      return Math.ceil((1 - left) * each)
    },
  }
}
