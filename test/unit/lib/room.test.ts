import { expect, it } from 'vitest'
import { createRoom, roomBuffer } from '../../../src/lib/room.ts'

it('gives out no more than there is, to both who share it', () => {
  const buffer = roomBuffer()
  const [one, other] = [createRoom(buffer, 10), createRoom(buffer, 10)]
  expect([one.take(6), other.take(5), other.take(4), one.take(1)]).toEqual([true, false, true, false])
  other.give(6)
  expect([one.take(7), one.take(6), other.take(1)]).toEqual([false, true, false])
})
