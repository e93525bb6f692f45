import { describe, expect, it } from 'vitest'
import { createPollLoop, type PollOptions } from '../../../src/lib/poll-loop.ts'
import { createHandClock, settle } from '../../support/hand-clock.ts'

/** A loop whose runs end when the test says so: with how much they did, or with an error. */
function held(options: Partial<PollOptions> = {}) {
  const clock = createHandClock()
  const errors: unknown[] = []
  const runs: { end: (outcome: number | Error) => void }[] = []
  const loop = createPollLoop({
    runOnce: () =>
      new Promise<number>((resolve, reject) => {
        runs.push({
          end: (outcome) => {
            if (outcome instanceof Error) reject(outcome)
            else resolve(outcome)
          },
        })
      }),
    idleMs: 30_000,
    backoffMs: 1_000,
    onError: (error) => errors.push(error),
    clock,
    ...options,
  })
  const end = async (outcome: number | Error): Promise<void> => {
    runs.at(-1)?.end(outcome)
    await settle()
  }
  return { clock, errors, runs, loop, end }
}

describe('poll loop', () => {
  it('does nothing before it is started', async () => {
    const { runs, loop } = held()
    loop.nudge()
    await settle()
    expect(runs).toHaveLength(0)
    await loop.stop()
  })

  it('with a share of the time pauses after each run that did something, in proportion to what it took', async () => {
    const { clock, runs, loop, end } = held({ share: 0.25 })
    loop.start()
    await clock.advance(100)
    await end(1)
    await clock.advance(299)
    expect(runs).toHaveLength(1)
    await clock.advance(1)
    expect(runs).toHaveLength(2)
    const stopped = loop.stop()
    await end(0)
    await stopped
  })

  it('runs again at once while there is work, then rests until its time', async () => {
    const { clock, runs, loop, end } = held()
    loop.start()
    await end(128)
    await end(3)
    expect(runs).toHaveLength(3)
    await end(0)
    expect(runs).toHaveLength(3)
    await clock.advance(29_999)
    expect(runs).toHaveLength(3)
    await clock.advance(1)
    expect(runs).toHaveLength(4)
  })

  it('is woken from its rest by a nudge', async () => {
    const { clock, runs, loop, end } = held()
    loop.start()
    await end(0)
    loop.nudge()
    await settle()
    expect(runs).toHaveLength(2)
    await end(0)
    expect(clock.timers).toBe(1)
  })

  it('runs once more when it was nudged during a run, however often', async () => {
    const { runs, loop, end } = held()
    loop.start()
    loop.nudge()
    loop.nudge()
    loop.nudge()
    await end(0)
    expect(runs).toHaveLength(2)
    await end(0)
    expect(runs).toHaveLength(2)
  })

  describe('that gathers', () => {
    const gathering = () => held({ gather: { full: 128, ms: 10 } })

    it('takes what comes during its rest at once', async () => {
      const { runs, loop, end } = gathering()
      loop.start()
      await end(0)
      loop.nudge()
      await settle()
      expect(runs).toHaveLength(2)
    })

    it('lets what came during a run wait for more', async () => {
      const { clock, runs, loop, end } = gathering()
      loop.start()
      loop.nudge()
      await end(3)
      loop.nudge()
      await clock.advance(9)
      expect(runs).toHaveLength(1)
      await clock.advance(1)
      expect(runs).toHaveLength(2)
    })

    it('rests after a run that left nothing behind', async () => {
      const { clock, runs, loop, end } = gathering()
      loop.start()
      await end(127)
      await clock.advance(29_999)
      expect(runs).toHaveLength(1)
      loop.nudge()
      await settle()
      expect(runs).toHaveLength(2)
    })

    it('runs again at once after a full run', async () => {
      const { runs, loop, end } = gathering()
      loop.start()
      loop.nudge()
      await end(128)
      expect(runs).toHaveLength(2)
    })

    it('stops at once while it waits for more', async () => {
      const { clock, runs, loop, end } = gathering()
      loop.start()
      loop.nudge()
      await end(3)
      await loop.stop()
      expect(runs).toHaveLength(1)
      expect(clock.timers).toBe(0)
    })
  })

  it('reports a failed run and backs off; a nudge does not cut that short', async () => {
    const { clock, errors, runs, loop, end } = held()
    loop.start()
    const error = new Error('away')
    await end(error)
    expect(errors).toEqual([error])
    loop.nudge()
    await settle()
    await clock.advance(999)
    loop.nudge()
    await settle()
    expect(runs).toHaveLength(1)
    await clock.advance(1)
    expect(runs).toHaveLength(2)
  })

  it('backs off for its own time although the clock of the day was set back meanwhile', async () => {
    const timers: (() => void)[] = []
    const day = { ms: Date.parse('2026-10-25T03:00:00Z') }
    let runs = 0
    const loop = createPollLoop({
      runOnce: async () => {
        runs += 1
        throw new Error('away')
      },
      idleMs: 30_000,
      backoffMs: 1_000,
      onError: () => undefined,
      clock: {
        now: () => new Date(day.ms),
        after: (_ms, callback) => {
          timers.push(callback)
          return () => undefined
        },
      },
    })
    loop.start()
    await settle()
    day.ms -= 3_600_000
    timers[0]?.()
    await settle()
    expect(runs).toBe(2)
  })

  it('finishes the run under way when it is stopped, and starts no other', async () => {
    const { runs, loop, end } = held()
    loop.start()
    let stopped = false
    const stop = loop.stop().then(() => {
      stopped = true
    })
    await settle()
    expect(stopped).toBe(false)
    await end(128)
    await stop
    expect(runs).toHaveLength(1)
  })

  it.each([
    ['resting', 0],
    ['backing off', new Error('away')],
  ])('stops at once while %s', async (_state, outcome) => {
    const { clock, runs, loop, end } = held()
    loop.start()
    await end(outcome)
    await loop.stop()
    expect(runs).toHaveLength(1)
    expect(clock.timers).toBe(0)
  })
})
