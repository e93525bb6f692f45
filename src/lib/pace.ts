import type { Clock } from './clock.ts'
import { createTokenBucket } from './token-bucket.ts'

/** So much at once and so much a second afterwards, first come, first served. */
export interface Pace {
  /**
   * Call `go` once when its turn comes: within this call while turns are left, or when too many wait already. The returned
   * function leaves the line, so that the turn is the next one's; false: it had come.
   */
  enter(go: () => void): () => boolean
  /** From now on no caller waits. */
  open(): void
}

export interface PaceOptions {
  burst: number
  perSecond: number
  maxWaiting: number
  clock: Pick<Clock, 'after'>
  /** Milliseconds, by a clock that the operator cannot set. */
  now: () => number
}

export function createPace({ burst, perSecond, maxWaiting, clock, now }: PaceOptions): Pace {
  const turns = createTokenBucket({ burst, perSecond, now })
  const line = new Set<() => void>()
  let isOpen = false
  let isTimed = false

  const serve = (): void => {
    for (const go of line) {
      if (!isOpen && !turns.take()) break
      line.delete(go)
      go()
    }
    watch()
  }
  const watch = (): void => {
    if (isTimed || line.size === 0) return
    isTimed = true
    clock.after(turns.msUntilNext(), () => {
      isTimed = false
      serve()
    })
  }
  return {
    enter: (go) => {
      if (!isOpen && line.size < maxWaiting) {
        // A name of its own, so that a function that enters twice waits twice.
        const place = (): void => {
          go()
        }
        line.add(place)
        if (line.size === 1) serve()
        return () => line.delete(place)
      }
      go()
      return () => false
    },
    open: () => {
      isOpen = true
      serve()
    },
  }
}
