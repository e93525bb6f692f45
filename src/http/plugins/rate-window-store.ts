import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
import { LRUCache } from 'lru-cache'

/** Senders and keys that are counted at the same time; the one that was silent longest is forgotten first. */
const REMEMBERED_MAX = 5_000

interface Window {
  startedAt: number
  count: number
}

/**
 * Counts of the rate limits, by a clock that the operator cannot set (`now`: milliseconds). The plugin's own store reads
 * the wall clock: set back by an hour, it would refuse a caller for that hour. lru-cache keeps the order of use only: its TTL
 * would end a window one millisecond late.
 */
export function createRateWindowStore(now: () => number): FastifyRateLimitStoreCtor {
  return class RateWindowStore implements FastifyRateLimitStore {
    readonly #windows = new LRUCache<string, Window>({ max: REMEMBERED_MAX })

    incr(
      key: string,
      callback: (error: Error | null, result?: { current: number; ttl: number }) => void,
      timeWindow: number,
    ): void {
      const at = now()
      const known = this.#windows.get(key)
      const window = known && at - known.startedAt < timeWindow ? known : { startedAt: at, count: 0 }
      window.count += 1
      this.#windows.set(key, window)
      callback(null, { current: window.count, ttl: timeWindow - (at - window.startedAt) })
    }

    child(): FastifyRateLimitStore {
      return new RateWindowStore()
    }
  }
}
