import { describe, expect, it } from 'vitest'
import { createUpkeep, type ChoreDone } from '../../../../src/inbox/maintain/upkeep.ts'
import { createHandClock } from '../../../support/hand-clock.ts'

const clock = createHandClock()

/** A chore with so many rows left to deal with. */
function choreOf(name: string, left: number) {
  const asked: { now: Date; limit: number }[] = []
  const run = async (now: Date, limit: number): Promise<number> => {
    asked.push({ now, limit })
    const rows = Math.min(left, limit)
    left -= rows
    return rows
  }
  return { name, run, asked }
}

const failing = { name: 'failing', run: async () => Promise.reject(new Error('away')) }

describe('upkeep', () => {
  it('does one piece of every chore, and says how many have more to do', async () => {
    const done: ChoreDone[] = []
    const many = choreOf('many', 1_100)
    const few = choreOf('few', 3)
    const upkeep = createUpkeep({ chores: [many, few], clock, onDone: (one) => done.push(one) })
    expect(await upkeep.runOnce()).toBe(1)
    expect(many.asked).toEqual([{ now: clock.now(), limit: 500 }])
    expect(await upkeep.runOnce()).toBe(1)
    expect(await upkeep.runOnce()).toBe(0)
    expect(done.map(({ chore, rows }) => [chore, rows])).toEqual([
      ['many', 500],
      ['few', 3],
      ['many', 500],
      ['many', 100],
    ])
  })

  it('tells a failure, goes on with the next chore and does not ask again at once', async () => {
    const done: ChoreDone[] = []
    const few = choreOf('few', 3)
    const upkeep = createUpkeep({ chores: [failing, few], clock, onDone: (one) => done.push(one) })
    expect(await upkeep.runOnce()).toBe(0)
    expect(done).toEqual([
      { chore: 'failing', rows: 0, error: new Error('away') },
      { chore: 'few', rows: 3 },
    ])
  })
})
