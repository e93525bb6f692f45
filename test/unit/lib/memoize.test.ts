import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { memoizeByName } from '../../../src/lib/memoize.ts'

/** A function that counts how often it is asked, and the same with a memory. */
function counted() {
  const asked: string[] = []
  const remembered = memoizeByName((name) => {
    asked.push(name)
    return name === 'nothing' ? null : name.length
  })
  return { asked, remembered }
}

describe('a function remembered by name', () => {
  it('is asked once per name, also when its answer is null', () => {
    const { asked, remembered } = counted()
    expect(['amount', 'nothing', 'amount', 'nothing', '__proto__'].map(remembered)).toEqual([
      6,
      null,
      6,
      null,
      9,
    ])
    expect(asked).toEqual(['amount', 'nothing', '__proto__'])
  })

  it('answers long names and names beyond any number, and keeps neither', () => {
    const { asked, remembered } = counted()
    const long = 'n'.repeat(65)
    expect([long, long].map(remembered)).toEqual([65, 65])
    expect(asked).toEqual([long, long])
    for (let index = 0; index < 1001; index++) remembered(`name ${index}`)
    expect(remembered('name 0')).toBe(6)
    expect(asked.filter((name) => name === 'name 0')).toHaveLength(2)
  })

  it('does not keep the messages alive that its names were cut from', () => {
    setFlagsFromString('--expose-gc')
    const heapInUse = (): number => {
      ;(runInNewContext('gc') as () => void)()
      return process.memoryUsage().heapUsed
    }
    const { remembered } = counted()
    const before = heapInUse()
    for (let index = 0; index < 50; index++) {
      remembered(`${'x'.repeat(500_000)} a name of some length ${index}`.slice(500_001))
    }
    // Fifty messages are 25 MB.
    expect(heapInUse() - before).toBeLessThan(5_000_000)
    expect(remembered('a name of some length 0')).toBe(23)
  })
})
