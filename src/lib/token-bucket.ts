/** So much at once, and no more than so much a second in the long run. */
export interface TokenBucket {
  /** Spend so many, one by default; false: there are fewer left, and none is spent. */
  take: (count?: number) => boolean
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
    take: (count = 1) => {
      fill()
      if (left < count) return false
      left -= count
      return true
    },
    msUntilNext: () => {
      fill()
      return Math.ceil((1 - left) * each)
    },
  }
}
