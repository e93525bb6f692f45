import { expect, it } from 'vitest'
import { seldom } from '../../../src/lib/seldom.ts'
import { createHandClock } from '../../support/hand-clock.ts'

it('reads again only after twenty times as long as the last reading took, and keeps no failure', async () => {
  const clock = createHandClock()
  let readings = 0
  let takes = 1_100
  const read = seldom(async () => {
    await clock.advance(takes)
    if (takes === 0) throw new Error('away')
    return ++readings
  }, clock)
  expect(await read()).toBe(1)
  await clock.advance(19_999)
  expect(await read()).toBe(1)
  await clock.advance(1)
  takes = 0
  await expect(read()).rejects.toThrow('away')
  takes = 101
  expect(await read()).toBe(2)
  await clock.advance(19)
  expect(await read()).toBe(2)
  await clock.advance(1)
  expect(await read()).toBe(3)
})

it('is never old where reading is cheap', async () => {
  const clock = createHandClock()
  let readings = 0
  const read = seldom(async () => {
    await clock.advance(100)
    return ++readings
  }, clock)
  expect([await read(), await read()]).toEqual([1, 2])
})

it('is taken once for all who ask meanwhile, also when it fails', async () => {
  const clock = createHandClock()
  const readings: PromiseWithResolvers<number>[] = []
  const read = seldom(async () => {
    const reading = Promise.withResolvers<number>()
    readings.push(reading)
    return reading.promise
  }, clock)
  const both = [read(), read()]
  readings[0]!.resolve(7)
  expect(await Promise.all(both)).toEqual([7, 7])
  const failing = Promise.allSettled([read(), read()])
  readings[1]!.reject(new Error('away'))
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const after = read()
  readings[2]!.resolve(8)
  expect(await after).toBe(8)
  expect(readings).toHaveLength(3)
})
