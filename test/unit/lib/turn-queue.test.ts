import { describe, expect, it } from 'vitest'
import { createTurnQueue } from '../../../src/lib/turn-queue.ts'
import { createHandClock } from '../../support/hand-clock.ts'

/** Three at once, then one every ten milliseconds; two may wait. */
function paced() {
  const clock = createHandClock()
  const pace = createTurnQueue({
    burst: 3,
    perSecond: 100,
    maxWaiting: 2,
    clock,
    now: () => clock.now().getTime(),
  })
  const gone: number[] = []
  const enter = (...names: number[]) => names.map((name) => pace.enter(() => gone.push(name)))
  return { clock, pace, gone, enter }
}

describe('pace', () => {
  it('gives the first turns at once, the next ones in a row, and lets through who finds the line full', async () => {
    const { clock, gone, enter } = paced()
    enter(1, 2, 3, 4, 5, 6, 7)
    expect(gone).toEqual([1, 2, 3, 6, 7])
    await clock.advance(9)
    expect(gone).toHaveLength(5)
    await clock.advance(1)
    expect(gone.slice(5)).toEqual([4])
    await clock.advance(10)
    expect(gone.slice(5)).toEqual([4, 5])
    expect(clock.timers).toBe(0)
  })

  it('has room again as soon as one that waited has gone', async () => {
    const { clock, gone, enter } = paced()
    enter(1, 2, 3, 4, 5)
    await clock.advance(10)
    enter(6, 7)
    expect(gone).toEqual([1, 2, 3, 4, 7])
    await clock.advance(20)
    expect(gone.slice(5)).toEqual([5, 6])
  })

  it('gives the turn of who has left to the next, and says whether there was one to give', async () => {
    const { clock, gone, enter } = paced()
    const [first, , , fourth] = enter(1, 2, 3, 4, 5)
    expect(first?.()).toBe(false)
    expect(fourth?.()).toBe(true)
    expect(fourth?.()).toBe(false)
    await clock.advance(10)
    expect(gone).toEqual([1, 2, 3, 5])
  })

  it('gives as many at once as before after a rest, and no more', async () => {
    const { clock, gone, enter } = paced()
    enter(1, 2, 3)
    await clock.advance(3_600_000)
    enter(4, 5, 6, 7)
    expect(gone).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('makes up for a timer that came late', async () => {
    const { clock, gone } = paced()
    const late = createTurnQueue({
      ...{ burst: 3, perSecond: 100, maxWaiting: 10, clock: { after: (_, call) => clock.after(35, call) } },
      now: () => clock.now().getTime(),
    })
    for (const name of [1, 2, 3, 4, 5, 6, 7]) late.enter(() => gone.push(name))
    expect(gone).toEqual([1, 2, 3])
    await clock.advance(35)
    expect(gone).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('never makes those wait who come as slowly as turns do', async () => {
    const { clock, gone, enter } = paced()
    enter(0, 0, 0)
    for (let call = 1; call <= 100; call += 1) {
      await clock.advance(10)
      enter(call)
      expect(gone.at(-1)).toBe(call)
    }
  })

  it('once open makes no request wait, neither one that waits already nor a new one', () => {
    const { clock, pace, gone, enter } = paced()
    enter(1, 2, 3, 4, 5)
    pace.open()
    enter(6, 7, 8)
    expect(gone).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(clock.timers).toBeLessThanOrEqual(1)
  })
})
