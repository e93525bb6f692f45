import { describe, expect, it } from 'vitest'
import { createPace } from '../../../src/lib/pace.ts'

const paced = () => {
  const time = { ms: 1_000 }
  const pace = createPace({ now: () => time.ms, burst: 3, perSecond: 100, maxWaiting: 2 })
  return { time, turns: (count: number) => Array.from({ length: count }, () => pace.turn()) }
}

describe('pace', () => {
  it('gives the first turns at once, the next ones in a row, and none to those who come too late', () => {
    expect(paced().turns(7)).toEqual([0, 0, 0, 10, 20, null, null])
  })

  it('gives a turn again as soon as one that was waited for has come', () => {
    const { time, turns } = paced()
    turns(6)
    time.ms += 10
    expect(turns(2)).toEqual([20, null])
  })

  it('gives as many at once as before after a rest, and no more', () => {
    const { time, turns } = paced()
    turns(5)
    time.ms += 3_600_000
    expect(turns(4)).toEqual([0, 0, 0, 10])
  })

  it('never makes those wait who come as slowly as turns do', () => {
    const { time, turns } = paced()
    turns(3)
    for (let call = 0; call < 100; call += 1) {
      time.ms += 10
      expect(turns(1)).toEqual([0])
    }
  })
})
