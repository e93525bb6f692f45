/** Time as an input, so that no rule reads the wall clock by itself and no test has to sleep. */
export interface Clock {
  now(): Date
  /** Call back once after that many milliseconds; the returned function cancels. Never keeps the process alive. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => new Date(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    timer.unref()
    return () => {
      clearTimeout(timer)
    }
  },
}
