import { describe, expect, it } from 'vitest'
import { allInOrder } from '../../../src/lib/all-in-order.ts'

describe('statements that were sent together', () => {
  it('answer in their order', async () => {
    const late = Promise.withResolvers<number>()
    const all = allInOrder([late.promise, Promise.resolve('b')])
    late.resolve(1)
    expect(await all).toEqual([1, 'b'])
  })

  it('throw what the first of them failed with, although another was told of its failure before', async () => {
    const cause = Promise.withResolvers<never>()
    const refused = Promise.withResolvers<never>()
    const all = allInOrder([Promise.resolve(1), cause.promise, refused.promise])
    refused.reject(new Error('refused'))
    await Promise.resolve()
    cause.reject(new Error('the cause'))
    await expect(all).rejects.toThrow('the cause')
  })

  it('throw only when all have ended', async () => {
    const last = Promise.withResolvers<number>()
    let thrown = false
    const all = allInOrder([Promise.reject(new Error('at once')), last.promise]).catch(() => {
      thrown = true
    })
    await new Promise(setImmediate)
    expect(thrown).toBe(false)
    last.resolve(1)
    await all
    expect(thrown).toBe(true)
  })
})
