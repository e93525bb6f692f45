import { describe, expect, it } from 'vitest'
import { createBatcher, type BatchOptions } from '../../../src/lib/batch.ts'
import { settle } from '../../support/hand-clock.ts'

class Poison extends Error {}
class Away extends Error {}

/** A batcher whose flushes end when the test says so. */
function held(options: Partial<BatchOptions<string, string>> = {}) {
  const flushes: { items: readonly string[]; end: (error?: Error) => void }[] = []
  let running = 0
  let most = 0
  const batcher = createBatcher<string, string>({
    flush: (items) => {
      running += 1
      most = Math.max(most, running)
      return new Promise((resolve, reject) => {
        const end = (error?: Error): void => {
          running -= 1
          if (error) reject(error)
          else resolve(items.map((item) => `${item}!`))
        }
        flushes.push({ items, end })
      })
    },
    maxItems: 10,
    maxWaiting: 100,
    laneOf: () => 'one',
    isolates: (error) => error instanceof Poison,
    ...options,
  })
  const end = async (error?: Error): Promise<void> => {
    flushes.at(-1)?.end(error)
    await settle()
  }
  return { batcher, flushes, end, most: () => most, batches: () => flushes.map(({ items }) => items) }
}

/** A batcher that fails whatever batch holds a poisoned item. */
function poisoned() {
  const batches: (readonly string[])[] = []
  const batcher = createBatcher<string, string>({
    flush: async (items) => {
      batches.push(items)
      if (items.includes('poison')) throw new Poison('bad value')
      if (items.includes('away')) throw new Away('no connection')
      return items.map((item) => `${item}!`)
    },
    maxItems: 10,
    maxWaiting: 100,
    laneOf: () => 'one',
    isolates: (error) => error instanceof Poison,
  })
  return { batcher, batches }
}

/** To be called before a flush fails, so that no rejection is without a listener. */
const outcomes = async (promises: Promise<string>[]): Promise<string[]> =>
  (await Promise.allSettled(promises)).map((result) =>
    result.status === 'fulfilled' ? result.value : (result.reason as Error).constructor.name,
  )

describe('batch', () => {
  it('flushes the first item at once and lets what arrives meanwhile share the next flush', async () => {
    const { batcher, batches, end } = held()
    const first = batcher.add('a')
    await settle()
    expect(batches()).toEqual([['a']])
    const others = [batcher.add('b'), batcher.add('c')]
    await settle()
    expect(batches()).toEqual([['a']])
    expect(batcher.waiting).toBe(2)
    await end()
    expect(batches()).toEqual([['a'], ['b', 'c']])
    await end()
    expect(await Promise.all([first, ...others])).toEqual(['a!', 'b!', 'c!'])
  })

  it('runs one flush at a time, none larger than the bound, in the order of arrival', async () => {
    const { batcher, batches, end, most } = held({ maxItems: 3 })
    const items = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const results = items.map((item) => batcher.add(item))
    await settle()
    for (let flush = 0; flush < 3; flush += 1) await end()
    expect(batches()).toEqual([['a', 'b', 'c'], ['d', 'e', 'f'], ['g']])
    expect(await Promise.all(results)).toEqual(items.map((item) => `${item}!`))
    expect(most()).toBe(1)
  })

  it('starts again for an item that arrives after everything was flushed', async () => {
    const { batcher, batches, end } = held()
    const first = batcher.add('a')
    await settle()
    await end()
    expect(await first).toBe('a!')
    const second = batcher.add('b')
    await settle()
    await end()
    expect(await second).toBe('b!')
    expect(batches()).toEqual([['a'], ['b']])
  })

  it('flushes an item that is added the moment another one resolves', async () => {
    const { batcher } = poisoned()
    let at = await batcher.add('0')
    for (let turn = 1; turn < 20; turn += 1) at = await batcher.add(String(turn))
    expect(at).toBe('19!')
  })

  it('isolates a poisoned item: it alone fails, each neighbour gets a flush of its own', async () => {
    const { batcher, batches } = poisoned()
    const results = ['a', 'poison', 'c'].map((item) => batcher.add(item))
    expect(await outcomes(results)).toEqual(['a!', 'Poison', 'c!'])
    expect(batches).toEqual([['a', 'poison', 'c'], ['a'], ['poison'], ['c']])
  })

  it('does not try single items when the failure is the connection', async () => {
    const { batcher, batches } = poisoned()
    const results = ['a', 'away', 'c'].map((item) => batcher.add(item))
    expect(await outcomes(results)).toEqual(['Away', 'Away', 'Away'])
    expect(batches).toEqual([['a', 'away', 'c']])
  })

  it('stops isolating when the connection goes away meanwhile', async () => {
    const { batcher, batches, end } = held()
    const results = outcomes(['a', 'b', 'c'].map((item) => batcher.add(item)))
    await settle()
    await end(new Poison())
    await end()
    await end(new Away())
    expect(await results).toEqual(['a!', 'Away', 'Away'])
    expect(batches()).toEqual([['a', 'b', 'c'], ['a'], ['b']])
  })

  it('goes on after a failed flush', async () => {
    const { batcher } = poisoned()
    expect(await outcomes([batcher.add('away')])).toEqual(['Away'])
    expect(await batcher.add('b')).toBe('b!')
  })

  it('refuses what exceeds the queue with `overloaded`, and takes more once there is room', async () => {
    const { batcher, end } = held({ maxWaiting: 2 })
    const first = batcher.add('a')
    await settle()
    const waiting = [batcher.add('b'), batcher.add('c')]
    await expect(batcher.add('d')).rejects.toMatchObject({ code: 'overloaded', status: 503 })
    await end()
    const late = batcher.add('e')
    await end()
    await end()
    expect(await Promise.all([first, ...waiting, late])).toEqual(['a!', 'b!', 'c!', 'e!'])
  })

  it('lets lanes take turns, and refuses the newest of the longest lane when the queue is full', async () => {
    const { batcher, end, batches } = held({ maxItems: 3, maxWaiting: 4, laneOf: (item) => item[0] ?? '' })
    const first = batcher.add('a0')
    await settle()
    const flood = outcomes(['a1', 'a2', 'a3', 'a4'].map((item) => batcher.add(item)))
    const other = batcher.add('b1')
    const late = outcomes([batcher.add('a5')])
    await end()
    await end()
    await end()
    expect(batches()).toEqual([['a0'], ['a1', 'b1', 'a2'], ['a3']])
    expect(await Promise.all([first, other, flood, late])).toEqual([
      'a0!',
      'b1!',
      ['a1!', 'a2!', 'a3!', 'AppError'],
      ['AppError'],
    ])
  })

  it('does not flush what was given up while it waited, and says so to whoever still listens', async () => {
    const { batcher, batches, end } = held()
    const first = batcher.add('a')
    await settle()
    const patience = { aborted: false }
    const given = outcomes([batcher.add('b', patience)])
    const kept = batcher.add('c', { aborted: false })
    patience.aborted = true
    await end()
    await end()
    expect(await given).toEqual(['Error'])
    expect(await Promise.all([first, kept])).toEqual(['a!', 'c!'])
    expect(batches()).toEqual([['a'], ['c']])
  })

  it('flushes nothing when everything that waited was given up', async () => {
    const { batcher, batches, end } = held()
    const first = batcher.add('a')
    await settle()
    const patience = { aborted: false }
    const given = outcomes([batcher.add('b', patience)])
    patience.aborted = true
    await end()
    expect(await given).toEqual(['Error'])
    expect(await first).toBe('a!')
    expect(batches()).toEqual([['a']])
    await batcher.drain()
  })

  it('does not flush alone what was given up before its turn came', async () => {
    const { batcher, batches, end } = held()
    const patience = { aborted: false }
    const results = outcomes([batcher.add('a'), batcher.add('b', patience), batcher.add('c')])
    await settle()
    await end(new Poison())
    patience.aborted = true
    await end()
    await end()
    expect(await results).toEqual(['a!', 'Error', 'c!'])
    expect(batches()).toEqual([['a', 'b', 'c'], ['a'], ['c']])
  })

  it('drains: resolves only after everything added so far was flushed', async () => {
    const { batcher, end } = held({ maxItems: 1 })
    const results = [batcher.add('a'), batcher.add('b')]
    let drained = false
    const drain = batcher.drain().then(() => {
      drained = true
    })
    await settle()
    await end()
    expect(drained).toBe(false)
    await end()
    await drain
    expect(await Promise.all(results)).toEqual(['a!', 'b!'])
    await expect(batcher.drain()).resolves.toBeUndefined()
  })

  it('fails the batch when a flush does not answer every item', async () => {
    const batcher = createBatcher<string, string>({
      flush: async () => [],
      maxItems: 10,
      maxWaiting: 10,
      laneOf: () => 'one',
      isolates: () => false,
    })
    await expect(batcher.add('a')).rejects.toThrow('flush must answer every item')
  })
})
