import { expect, it } from 'vitest'
import { packMessages, unpackMessages } from '../../../src/compose/thread-messages.ts'
import type { HandedMessage } from '../../../src/inbox/reconcile/stores.ts'

it('a batch comes out of the other thread as it went in', () => {
  const message = (inboxId: string, content: string): HandedMessage => ({
    inboxId,
    provider: 'be2bill',
    account: 'shop',
    witness: 'response',
    envelope: { orderId: 'O-1', amount: 12390 },
    receivedAt: new Date('2026-04-01T12:00:00.123Z'),
    content: Buffer.from(content),
  })
  const batch = [message('a', 'first'), message('b', ''), message('c', 'third é')]
  const packed = packMessages(batch)
  const moved = structuredClone(packed, { transfer: [packed.bytes] })
  expect(packed.bytes.byteLength).toBe(0)
  expect(unpackMessages(moved)).toEqual(batch)
  expect(unpackMessages(moved).every(({ content }) => Buffer.isBuffer(content))).toBe(true)
})
