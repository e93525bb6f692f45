import { expect, it } from 'vitest'
import { createRecent } from '../../../src/lib/recent.ts'

it('holds the last words, of which a repeated one is one', () => {
  const recent = createRecent(2)
  for (const word of ['a', 'b', 'b', 'a', 'c']) recent.add(word)
  expect(['a', 'b', 'c'].map(recent.has)).toEqual([true, false, true])
})
