import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../src/lib/clock.ts'

/** A clock that stands still until a test moves it; timers fire in the order of their time. */
export interface HandClock extends Clock {
  /** Move on, firing what falls due on the way, and let everything it woke run to its next wait. */
  advance: (ms: number) => Promise<void>
  /** How many timers are waiting. */
  readonly timers: number
  /** Resolves once so many timers are to fire in exactly that many milliseconds: what a request sets shows that it waits. */
  waiting: (ms: number, count?: number) => Promise<void>
}

interface Timer {
  at: number
  callback: () => void
}

export function createHandClock(start = new Date('2026-04-01T12:00:00.000Z')): HandClock {
  let now = start.getTime()
  const timers = new Set<Timer>()
  const watchers = new Set<() => void>()

  function nextUntil(end: number): Timer | undefined {
    const due = [...timers].filter((timer) => timer.at <= end)
    return due.sort((left, right) => left.at - right.at)[0]
  }

  return {
    now: () => new Date(now),
    after: (ms, callback) => {
      const timer = { at: now + ms, callback }
      timers.add(timer)
      for (const look of watchers) look()
      return () => {
        timers.delete(timer)
      }
    },
    advance: async (ms) => {
      const end = now + ms
      for (let timer = nextUntil(end); timer; timer = nextUntil(end)) {
        now = Math.max(now, timer.at)
        timers.delete(timer)
        timer.callback()
        await settle()
      }
      now = end
      await settle()
    },
    get timers() {
      return timers.size
    },
    waiting: async (ms, count = 1) => {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const look = (): void => {
        if ([...timers].filter(({ at }) => at === now + ms).length >= count) resolve(undefined)
      }
      watchers.add(look)
      look()
      await promise.finally(() => watchers.delete(look))
    },
  }
}

/** Let every promise that can go on without I/O or time go on. */
export const settle = async (): Promise<void> => {
  await setImmediate()
}
