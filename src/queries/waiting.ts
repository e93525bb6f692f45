import pLimit from 'p-limit'
import { AppError } from '../lib/errors.ts'
import { createSharedTurns } from '../lib/shared-turns.ts'
import type { Services } from '../services.ts'

/** Hold an answer until it is what the caller waits for, or the time is up: then it is the present answer. */
export interface Waiting {
  until<Value>(
    options: WaitOptions,
    look: () => Promise<Value>,
    isDone: (value: Value) => boolean,
  ): Promise<Value>
}

export interface WaitOptions {
  /** What can change the answer (`topicOf`). Requests with equal topics share one query. */
  topics: readonly string[]
  /** 0: look once. */
  seconds: number
}

/** After a gap all waiting requests look at the same time: a few at once, so that other requests get connections. */
const LOOKS_AT_ONCE = 4

export function createWaiting({ wakeUps, clock }: Pick<Services, 'wakeUps' | 'clock'>): Waiting {
  const limit = pLimit(LOOKS_AT_ONCE)
  const shared = createSharedTurns()
  return {
    until: async ({ topics, seconds }, lookUp, isDone) => {
      const look = async () => shared(topics.join(), async () => limit(lookUp))
      // Join before the first look: a change between the two would be missed.
      const waiter = seconds > 0 ? wakeUps.join(topics) : null
      if (!waiter) return lookUp()
      const deadline = clock.now().getTime() + seconds * 1_000
      try {
        for (;;) {
          const seen = await ifExists(look)
          if (seen !== undefined && isDone(seen)) return seen
          const left = deadline - clock.now().getTime()
          if (left <= 0 || !(await waiter.next(left))) return await look()
        }
      } finally {
        waiter.leave()
      }
    },
  }
}

/** Undefined when the transaction or order does not exist yet. */
export async function ifExists<Value>(look: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await look()
  } catch (error) {
    const missing =
      error instanceof AppError && (error.code === 'unknown_transaction' || error.code === 'unknown_order')
    if (!missing) throw error
    return undefined
  }
}
