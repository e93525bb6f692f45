import { describe, expect, it } from 'vitest'
import { createRateWindowStore } from '../../../../src/http/plugins/rate-window-store.ts'

const SECOND = 1_000
const route = { method: 'GET', url: '/', path: '/', prefix: '', handler: async () => undefined }

function createCounter() {
  const clock = { ms: 0 }
  const Store = createRateWindowStore(() => clock.ms)
  const store = new Store({})
  const count = (key: string, of = store): { current: number; ttl: number } | undefined => {
    let counted: { current: number; ttl: number } | undefined
    of.incr(key, (_error, result) => (counted = result), SECOND, 1)
    return counted
  }
  return { clock, store, count }
}

describe('the windows of the rate limits', () => {
  it('count each key for itself, until the window is over', () => {
    const { clock, count } = createCounter()
    expect(count('a')).toEqual({ current: 1, ttl: SECOND })
    clock.ms = 400
    expect(count('a')).toEqual({ current: 2, ttl: 600 })
    expect(count('b')).toEqual({ current: 1, ttl: SECOND })
    clock.ms = SECOND
    expect(count('a')).toEqual({ current: 1, ttl: SECOND })
  })

  it('count each limit for itself', () => {
    const { store, count } = createCounter()
    count('a')
    expect(count('a', store.child(route))).toMatchObject({ current: 1 })
  })

  it('forget the sender that was silent longest once there are too many', () => {
    const { count } = createCounter()
    count('first')
    count('second')
    for (let other = 0; other < 4_998; other += 1) count(String(other))
    count('first')
    count('one more')
    expect(count('first')).toMatchObject({ current: 3 })
    expect(count('second')).toMatchObject({ current: 1 })
  })
})
