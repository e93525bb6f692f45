import { describe, expect, it } from 'vitest'
import { createSharedTurns } from '../../../src/lib/shared-turns.ts'
import { settle } from '../../support/hand-clock.ts'

/** Work that a test ends, turn by turn. */
function work() {
  const turns: PromiseWithResolvers<string>[] = []
  return {
    turns,
    run: async (): Promise<string> => {
      const turn = Promise.withResolvers<string>()
      turns.push(turn)
      return turn.promise
    },
  }
}

describe('shared turns', () => {
  it('are one for the first caller and one for all who asked meanwhile', async () => {
    const share = createSharedTurns()
    const { turns, run } = work()
    const first = share('order', run)
    const later = Array.from({ length: 100 }, async () => share('order', run))
    await settle()
    expect(turns).toHaveLength(1)
    turns[0]!.resolve('old')
    expect(await first).toBe('old')
    await settle()
    expect(turns).toHaveLength(2)
    const last = share('order', run)
    turns[1]!.resolve('new')
    expect(new Set(await Promise.all(later))).toEqual(new Set(['new']))
    await settle()
    turns[2]!.resolve('newest')
    expect(await last).toBe('newest')
  })

  it('of other names do not wait', async () => {
    const share = createSharedTurns()
    const [one, other] = [work(), work()]
    void share('one', one.run)
    const answer = share('other', other.run)
    other.turns[0]!.resolve('at once')
    expect(await answer).toBe('at once')
  })

  it('go on after one that failed, whose callers are told', async () => {
    const share = createSharedTurns()
    const { turns, run } = work()
    const first = share('order', run)
    const second = share('order', run)
    turns[0]!.reject(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    await settle()
    turns[1]!.resolve('back')
    expect(await second).toBe('back')
    const third = share('order', run)
    turns[2]!.resolve('again')
    expect(await third).toBe('again')
  })
})
