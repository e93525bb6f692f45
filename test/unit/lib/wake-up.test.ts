import { describe, expect, it } from 'vitest'
import { createWakeUps, topicOf } from '../../../src/lib/wake-up.ts'
import { createHandClock } from '../../support/hand-clock.ts'

const create = (max = 10) => {
  const clock = createHandClock()
  return { clock, wakeUps: createWakeUps({ clock, max }) }
}

describe('wake-ups', () => {
  it('wake only those who joined the topic', async () => {
    const { clock, wakeUps } = create()
    const [one, other] = [wakeUps.join(['a', 'b'])!, wakeUps.join(['c'])!]
    const answers = Promise.all([one.next(1_000), other.next(1_000)])
    wakeUps.wake(['b'])
    await clock.advance(1_000)
    expect(await answers).toEqual([true, false])
  })

  it('remember a change that came before the wait began', async () => {
    const { wakeUps } = create()
    const waiter = wakeUps.join(['a'])!
    wakeUps.wake(['a'])
    expect(await waiter.next(1_000)).toBe(true)
  })

  it('forget who left, and let the next one in', () => {
    const { wakeUps } = create(1)
    const waiter = wakeUps.join(['a'])!
    expect(wakeUps.join(['a'])).toBeNull()
    waiter.leave()
    expect(wakeUps.waiting).toBe(0)
    expect(wakeUps.join(['a'])).not.toBeNull()
  })

  it('answer every waiting request when closed, and take no further one', async () => {
    const { wakeUps } = create()
    const waiter = wakeUps.join(['a'])!
    const waiting = waiter.next(1_000)
    wakeUps.close()
    expect(await waiting).toBe(false)
    expect(await waiter.next(1_000)).toBe(false)
    expect(wakeUps.join(['a'])).toBeNull()
  })

  it('wake every waiting request after a gap', async () => {
    const { wakeUps } = create()
    const waiting = wakeUps.join(['a'])!.next(1_000)
    wakeUps.wakeAll()
    expect(await waiting).toBe(true)
  })
})

it('topics keep kinds and parts apart', () => {
  const topics = [topicOf('order', 'a', 'bc'), topicOf('order', 'ab', 'c'), topicOf('transaction', 'a', 'bc')]
  expect(new Set(topics).size).toBe(3)
})
