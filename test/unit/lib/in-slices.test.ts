import { expect, it } from 'vitest'
import { inSlices } from '../../../src/lib/in-slices.ts'

it('answers in order, and lets others take their turn meanwhile', async () => {
  let turns = 0
  let over = false
  const count = (): void => {
    turns += 1
    if (!over) setImmediate(count)
  }
  setImmediate(count)
  const items = Array.from({ length: 100 }, (_, index) => index)
  expect(await inSlices(items, (index) => [index, turns > 0])).toEqual(
    items.map((index) => [index, index >= 32]),
  )
  over = true
  expect(turns).toBeGreaterThanOrEqual(3)
})

it('does what is little at once', async () => {
  let isOthersTurn = false
  setImmediate(() => {
    isOthersTurn = true
  })
  await inSlices([1, 2, 3], (one) => one)
  expect(isOthersTurn).toBe(false)
})

it('rejects with what a computation throws', async () => {
  const failing = inSlices([1], () => {
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
})
