import type { Clock } from './clock.ts'

/**
 * A worker: `runOnce` until there is nothing left, then sleep until nudged or until `idleMs` passed. Errors are reported
 * and backed off, never fatal: what was not finished is still in the database. What comes while it sleeps is taken at once;
 * what comes during a run waits `gather.ms` more, so that the next run finds more than the one or two that just came.
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
  /** A run of fewer than `full` items has left nothing behind but what came during it; that is waited for so long. */
  gather?: { full: number; ms: number }
  /** A run that did something is followed by a pause, so that runs take up no more than this share of the time; left out: none. */
  share?: number
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
  #resting = false
  #wake: () => void = () => undefined

  constructor(options: PollOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      this.#nudged = false
      try {
        const { clock, share = 1 } = this.#options
        const begunAt = clock.now().getTime()
        const done = await this.#options.runOnce()
        const tookMs = Math.max(0, clock.now().getTime() - begunAt)
        if (done > 0 && share < 1) await this.#pause(tookMs * (1 / share - 1))
        await this.#after(done)
      } catch (error) {
        this.#options.onError(error)
        await this.#pause(this.#options.backoffMs)
      }
    }
  }

  nudge(): void {
    this.#nudged = true
    // Unlike the rest, a back-off is not cut short: traffic must not hammer a database that is away.
    if (this.#resting) this.#wake()
  }

  stop(): void {
    this.#stopped = true
    this.#wake()
  }

  async #after(done: number): Promise<void> {
    const { full, ms } = this.#options.gather ?? { full: 1, ms: 0 }
    if (done >= full) return
    if (!this.#nudged) await this.#rest()
    else if (done > 0 && ms > 0) await this.#pause(ms)
  }

  async #rest(): Promise<void> {
    this.#resting = true
    await this.#pause(this.#options.idleMs)
    this.#resting = false
  }

  async #pause(ms: number): Promise<void> {
    if (this.#stopped) return
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
