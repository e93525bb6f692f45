import { hash } from 'node:crypto'
import type { Clock } from './clock.ts'

/**
 * Many callers waiting for few changes: each names what it waits for, and only those concerned are woken. No caller polls.
 */
export interface WakeUps {
  /**
   * Register interest before looking at the current state, so that a change between looking and waiting is not missed.
   * Null when too many wait already, or when all were told to stop: answer at once then.
   */
  join(topics: readonly string[]): Waiter | null
  /** Something happened to these topics. */
  wake: (topics: readonly string[]) => void
  /** Wake all that wait: changes may have been missed. */
  wakeAll: () => void
  /** Wake all that wait for the last time and take no more: shutting down. */
  close(): void
  readonly waiting: number
}

export interface Waiter {
  /** Resolves true on the next change (or at once, if one came since `join` or the last call), false after `ms`. */
  next(ms: number): Promise<boolean>
  leave(): void
}

const TOPIC_LENGTH = 10

/** A short name for something that can change; a collision only wakes a caller for nothing. */
export const topicOf = (kind: 'transaction' | 'order' | 'message', ...parts: readonly string[]): string =>
  hash('sha256', `${kind}\n${parts.join('\n')}`, 'base64url').slice(0, TOPIC_LENGTH)

export function createWakeUps({ clock, max }: { clock: Clock; max: number }): WakeUps {
  const byTopic = new Map<string, Set<Sleeper>>()
  const sleepers = new Set<Sleeper>()
  let closed = false

  function leave(sleeper: Sleeper, topics: readonly string[]): void {
    sleepers.delete(sleeper)
    for (const topic of topics) {
      const joined = byTopic.get(topic)
      joined?.delete(sleeper)
      if (joined?.size === 0) byTopic.delete(topic)
    }
  }

  return {
    join: (topics) => {
      if (closed || sleepers.size >= max) return null
      const sleeper = new Sleeper(clock)
      sleepers.add(sleeper)
      for (const topic of topics) byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(sleeper))
      return {
        next: async (ms) => sleeper.next(ms),
        leave: () => {
          leave(sleeper, topics)
        },
      }
    },
    wake: (topics) => {
      for (const topic of topics) for (const sleeper of byTopic.get(topic) ?? []) sleeper.wake()
    },
    wakeAll: () => {
      for (const sleeper of sleepers) sleeper.wake()
    },
    close: () => {
      closed = true
      for (const sleeper of sleepers) sleeper.stop()
    },
    get waiting() {
      return sleepers.size
    },
  }
}

class Sleeper {
  readonly #clock: Clock
  #changed = false
  #stopped = false
  #resolve: ((changed: boolean) => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async next(ms: number): Promise<boolean> {
    if (this.#stopped) return false
    if (!this.#changed && ms > 0) await this.#sleep(ms)
    const changed = this.#changed
    this.#changed = false
    return changed
  }

  wake(): void {
    this.#changed = true
    this.#resolve?.(true)
  }

  stop(): void {
    this.#stopped = true
    this.#resolve?.(false)
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<boolean>((resolve) => {
      const cancel = this.#clock.after(ms, () => {
        resolve(false)
      })
      this.#resolve = (changed) => {
        cancel()
        resolve(changed)
      }
    })
    this.#resolve = undefined
  }
}
