import type { Clock } from './clock.ts'

/**
 * A worker: `runOnce` until there is nothing left, then sleep until nudged or until `idleMs` passed. Errors are reported
 * and backed off, never fatal: what was not finished is still in the database.
 */
export interface PollLoop {
  start(): void
  /** There is work: run now, or once more right after the run under way. */
  nudge: () => void
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
  const loop = new Loop(options)
  let running: Promise<void> = Promise.resolve()
  return {
    start: () => {
      running = loop.run()
    },
    nudge: () => {
      loop.nudge()
    },
    stop: async () => {
      loop.stop()
      await running
    },
  }
}

class Loop {
  readonly #options: PollOptions
  #stopped = false
  #nudged = false
  #wake: () => void = () => undefined

  constructor(options: PollOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      this.#nudged = false
      try {
        const done = await this.#options.runOnce()
        if (done === 0) await this.#rest()
      } catch (error) {
        this.#options.onError(error)
        await this.#backOff()
      }
    }
  }

  nudge(): void {
    this.#nudged = true
    this.#wake()
  }

  stop(): void {
    this.#stopped = true
    this.#wake()
  }

  async #rest(): Promise<void> {
    if (!this.#nudged && !this.#stopped) await this.#pause(this.#options.idleMs)
  }

  /** Unlike the idle pause, a nudge does not cut this one short: traffic must not hammer a database that is away. */
  async #backOff(): Promise<void> {
    const { clock, backoffMs } = this.#options
    const resumeAt = clock.now().getTime() + backoffMs
    for (let left = backoffMs; left > 0 && !this.#stopped; left = resumeAt - clock.now().getTime()) {
      await this.#pause(left)
    }
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
    this.#wake = () => undefined
  }
}
