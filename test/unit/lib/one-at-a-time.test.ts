import { expect, it } from 'vitest'
import { oneAtATime } from '../../../src/lib/one-at-a-time.ts'

function counted() {
  const begun: PromiseWithResolvers<number>[] = []
  const ask = oneAtATime(() => {
    const answer = Promise.withResolvers<number>()
    begun.push(answer)
    return answer.promise
  })
  return { begun, ask }
}

it('gives one answer to all who ask meanwhile, and a new one to who asks afterwards', async () => {
  const { begun, ask } = counted()
  const together = [ask(), ask(), ask()]
  expect(begun).toHaveLength(1)
  begun[0]!.resolve(1)
  expect(await Promise.all(together)).toEqual([1, 1, 1])
  const later = ask()
  begun[1]!.resolve(2)
  expect(await later).toBe(2)
})

it('gives an error to those who asked, and tries again for the next', async () => {
  const { begun, ask } = counted()
  const together = Promise.allSettled([ask(), ask()])
  begun[0]!.reject(new Error('away'))
  expect((await together).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const later = ask()
  begun[1]!.resolve(2)
  expect(await later).toBe(2)
})
