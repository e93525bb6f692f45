import type { Clock } from './clock.ts'

/**
 * A worker: `runOnce` until there is nothing left, then sleep until nudged or until `idleMs` passed. Errors are reported
 * and backed off, never fatal: what was not finished is still in the database.
 */
export interface PollLoop {
  start(): void
  /** There is work: run now, or once more right after the run under way. */
  nudge(): void
  /** Finish the run under way and stop. */
  stop(): Promise<void>
}

export interface PollOptions {
  /** Do one bounded piece of work and say how many items it was. */
  runOnce: () => Promise<number>
  idleMs: number
  /** Pause after a failed run. */
  backoffMs: number
  onError: (error: unknown) => void
  clock: Clock
}

export function createPollLoop(options: PollOptions): PollLoop {
  const state = { stopped: true, nudged: false }
  let wake: (() => void) | undefined
  let running: Promise<void> = Promise.resolve()

  function pause(ms: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const cancel = options.clock.after(ms, resolve)
      wake = () => {
        cancel()
        resolve()
      }
    }).then(() => {
      wake = undefined
    })
  }

  async function runAndRest(): Promise<void> {
    state.nudged = false
    try {
      const done = await options.runOnce()
      if (done === 0 && !state.nudged && !state.stopped) await pause(options.idleMs)
    } catch (error) {
      options.onError(error)
      if (!state.stopped) await backOff()
    }
  }

  /** Unlike the idle pause, a nudge does not cut this one short: traffic must not hammer a database that is away. */
  async function backOff(): Promise<void> {
    const resumeAt = options.clock.now().getTime() + options.backoffMs
    for (
      let left = options.backoffMs;
      left > 0 && !state.stopped;
      left = resumeAt - options.clock.now().getTime()
    ) {
      await pause(left)
    }
  }

  async function loop(): Promise<void> {
    while (!state.stopped) await runAndRest()
  }

  return {
    start: () => {
      state.stopped = false
      running = loop()
    },
    nudge: () => {
      state.nudged = true
      wake?.()
    },
    stop: async () => {
      state.stopped = true
      wake?.()
      await running
    },
  }
}
