import { describe, expect, it } from 'vitest'
import { togetherElseAlone, type Isolation } from '../../../src/lib/one-by-one.ts'
import { createHandClock } from '../../support/hand-clock.ts'

class Poison extends Error {}

const clock = createHandClock()
const SECOND = 1_000

/** Every attempt takes a second and fails with what is said of one of its items. */
function attempts(failing: Readonly<Record<string, Error>>, limitMs?: number) {
  const made: string[] = []
  const faults: string[] = []
  const isolation: Isolation<string> = {
    isItemFault: (error) => error instanceof Poison,
    onFault: (item) => void faults.push(item),
    ...(limitMs === undefined ? {} : { timeLimit: { clock, ms: limitMs } }),
  }
  const work = async (items: readonly string[], isAlone: boolean): Promise<void> => {
    made.push(`${items.join('')}${isAlone ? '!' : ''}`)
    await clock.advance(SECOND)
    for (const item of items) if (failing[item]) throw failing[item]
  }
  return { made, faults, run: async () => togetherElseAlone(['a', 'b', 'c'], work, isolation) }
}

describe('items that are tried together, else one by one', () => {
  it('need one attempt as long as none fails', async () => {
    const { made, faults, run } = attempts({})
    expect(await run()).toBe(3)
    expect({ made, faults }).toEqual({ made: ['abc'], faults: [] })
  })

  it('are tried alone when one is at fault, and that one is named', async () => {
    const { made, faults, run } = attempts({ b: new Poison() })
    expect(await run()).toBe(3)
    expect({ made, faults }).toEqual({ made: ['abc', 'a!', 'b!', 'c!'], faults: ['b'] })
  })

  it('are not tried alone when no item is at fault', async () => {
    const { made, run } = attempts({ b: new Error('away') })
    await expect(run()).rejects.toThrow('away')
    expect(made).toEqual(['abc'])
  })

  it('are not tried any further once the failure is no item’s fault', async () => {
    const { made, faults, run } = attempts({ a: new Poison(), b: new Error('away') })
    await expect(run()).rejects.toThrow('away')
    expect({ made, faults }).toEqual({ made: ['abc', 'a!', 'b!'], faults: ['a'] })
  })

  it('are tried for no longer than allowed, counted from the first that is alone', async () => {
    const { made, run } = attempts({ a: new Poison() }, 2 * SECOND)
    expect(await run()).toBe(2)
    expect(made).toEqual(['abc', 'a!', 'b!'])
  })
})
