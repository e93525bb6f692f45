import { expect, it } from 'vitest'
import { createTokenBucket } from '../../../src/lib/token-bucket.ts'
import { createHandClock } from '../../support/hand-clock.ts'

const setUp = () => {
  const clock = createHandClock()
  const bucket = createTokenBucket({ burst: 10, perSecond: 4, now: () => clock.now().getTime() })
  const taken = (tries: number): number =>
    Array.from({ length: tries }, () => bucket.take()).filter((given) => given).length
  return { clock, bucket, taken }
}

it('gives the burst at once and then nothing while the clock stands still', () => {
  const { taken } = setUp()
  expect([taken(100), taken(100)]).toEqual([10, 0])
})

it('gives so much a second, in parts of a second too', async () => {
  const { clock, taken } = setUp()
  taken(10)
  await clock.advance(1_000)
  expect(taken(100)).toBe(4)
  await clock.advance(249)
  expect(taken(100)).toBe(0)
  await clock.advance(1)
  expect(taken(100)).toBe(1)
})

it('saves no more than the burst', async () => {
  const { clock, taken } = setUp()
  taken(10)
  await clock.advance(3_600_000)
  expect(taken(100)).toBe(10)
})

it('neither gives nor takes when the clock is set back', async () => {
  const { clock, taken } = setUp()
  taken(7)
  await clock.advance(-60_000)
  expect(taken(100)).toBe(3)
  await clock.advance(1_000)
  expect(taken(100)).toBe(4)
})

it('gives several at once or none of them', async () => {
  const { clock, bucket, taken } = setUp()
  expect([bucket.take(11), bucket.take(8), bucket.take(3)]).toEqual([false, true, false])
  expect(taken(100)).toBe(2)
  await clock.advance(1_000)
  expect([bucket.take(5), bucket.take(4)]).toEqual([false, true])
})
