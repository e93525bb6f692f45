import { describe, expect, it } from 'vitest'
import { createBatcher, type BatchOptions } from '../../../src/lib/batch.ts'
import { createHandClock, settle } from '../../support/hand-clock.ts'

class Poison extends Error {}
class Away extends Error {}
class Late extends Error {}

const LATE_MS = 3_200
const onClock = (clock = createHandClock()): BatchOptions<string, string>['deadline'] => ({
  clock,
  ms: LATE_MS,
  passed: () => new Late(),
})

/** A batcher whose flushes end when the test says so. */
function held(options: Partial<BatchOptions<string, string>> = {}) {
  const flushes: { items: readonly string[]; end: (error?: Error) => void }[] = []
  let running = 0
  let most = 0
  const clock = createHandClock()
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
    deadline: onClock(clock),
    ...options,
  })
  const end = async (error?: Error): Promise<void> => {
    flushes.at(-1)?.end(error)
    await settle()
  }
  return { batcher, clock, flushes, end, most: () => most, batches: () => flushes.map(({ items }) => items) }
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
    deadline: onClock(),
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

  it('refuses what is not flushed by its deadline, and what came later not before its own', async () => {
    const { batcher, clock, batches, end } = held()
    const first = batcher.add('a')
    await settle()
    const late = outcomes([batcher.add('b')])
    await clock.advance(LATE_MS / 2)
    const kept = batcher.add('c')
    const firstOutcome = outcomes([first])
    await clock.advance(LATE_MS / 2)
    expect([await late, await firstOutcome]).toEqual([['Late'], ['Late']])
    await end()
    await end()
    expect(await kept).toBe('c!')
    expect(batches()).toEqual([['a'], ['c']])
  })

  it('has few timers, however many items wait, and refuses none more than a part of the time too early', async () => {
    const { batcher, clock } = held({ maxWaiting: 1_000 })
    const times: number[] = []
    const start = clock.now().getTime()
    const add = (at: number): void => {
      void batcher.add(String(at)).catch(() => times.push(clock.now().getTime() - start - at))
    }
    for (let at = 0; at < LATE_MS; at += 10) {
      add(at)
      await clock.advance(10)
    }
    expect(clock.timers).toBeLessThanOrEqual(34)
    await clock.advance(LATE_MS)
    expect(times).toHaveLength(320)
    expect(Math.max(...times)).toBeLessThanOrEqual(LATE_MS)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(LATE_MS - LATE_MS / 32)
  })

  it('flushes nothing when everything that waited is late', async () => {
    const { batcher, clock, batches, end } = held()
    const all = outcomes([batcher.add('a'), batcher.add('b')])
    await settle()
    const more = outcomes([batcher.add('c')])
    await clock.advance(LATE_MS)
    await end()
    expect([await all, await more]).toEqual([['Late', 'Late'], ['Late']])
    expect(batches()).toEqual([['a', 'b']])
    await batcher.drain()
  })

  it('does not flush alone what became late before its turn came', async () => {
    const { batcher, clock, batches, end } = held()
    const late = outcomes([batcher.add('b')])
    await clock.advance(LATE_MS / 2)
    const results = outcomes([batcher.add('a'), batcher.add('c')])
    await end(new Poison())
    expect(await late).toEqual(['Poison'])
    await clock.advance(LATE_MS / 2)
    await end(new Poison())
    await clock.advance(LATE_MS / 2)
    await end()
    expect(await results).toEqual(['Late', 'Late'])
    expect(batches()).toEqual([['b'], ['a', 'c'], ['a']])
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
      deadline: onClock(),
    })
    await expect(batcher.add('a')).rejects.toThrow('flush must answer every item')
  })
})
