import type { Clock } from './clock.ts'
import { createTokenBucket } from './token-bucket.ts'

/** Turns for callers in the order of their arrival: a burst at once, then so many a second. */
export interface TurnQueue {
  /**
   * Call `go` once when its turn comes: within this call when a turn is left, or when too many callers wait already. The returned
   * function gives the place up, so that the next caller gets the turn; it answers false when the turn had come.
   */
  enter(go: () => void): () => boolean
  /** From now on no caller waits. */
  open(): void
}

export interface TurnQueueOptions {
  burst: number
  perSecond: number
  maxWaiting: number
  clock: Pick<Clock, 'after'>
  /** Milliseconds, by a clock that the operator cannot set. */
  now: () => number
}

export function createTurnQueue({ burst, perSecond, maxWaiting, clock, now }: TurnQueueOptions): TurnQueue {
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
