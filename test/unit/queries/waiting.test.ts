import { expect, it } from 'vitest'
import { createWakeUps } from '../../../src/lib/wake-up.ts'
import { createWaiting } from '../../../src/queries/waiting.ts'
import { createHandClock, settle } from '../../support/hand-clock.ts'

it('a hundred who wait for one order look at it together', async () => {
  const clock = createHandClock()
  const wakeUps = createWakeUps({ clock, max: 200 })
  const waiting = createWaiting({ wakeUps, clock })
  let [looks, isDone] = [0, false]
  const look = async (): Promise<boolean> => {
    looks += 1
    await settle()
    return isDone
  }
  const answers = Array.from({ length: 100 }, async () =>
    waiting.until({ topics: ['order'], seconds: 5 }, look, (done) => done),
  )
  await clock.waiting(5_000, 100)
  expect(looks).toBeLessThanOrEqual(2)
  isDone = true
  wakeUps.wake(['order'])
  expect(await Promise.all(answers)).toEqual(Array(100).fill(true))
  expect(looks).toBeLessThanOrEqual(4)
})
