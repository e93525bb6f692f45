import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bytesOf, createHandedMessages } from '../../../../src/inbox/reconcile/handed-messages.ts'
import type { HandedMessage } from '../../../../src/inbox/reconcile/stores.ts'

const message = (inboxId: string): HandedMessage => ({
  inboxId,
  provider: 'hipay',
  account: 'shop',
  witness: 'notification',
  envelope: null,
  receivedAt: new Date(0),
  content: Buffer.alloc(Number(inboxId) % 7),
})

it('gives every message once, in the order in which it came, and its room back with it', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(9)))
  fc.assert(
    fc.property(steps, (moves) => {
      let taken = 0
      const handed = createHandedMessages({ give: (bytes) => void (taken -= bytes) })
      const waiting: string[] = []
      let next = 0
      for (const [isAdded, count] of moves) {
        if (isAdded) {
          const added = Array.from({ length: count }, () => message(String((next += 1))))
          for (const one of added) taken += bytesOf(one)
          handed.add(added)
          waiting.push(...added.map(({ inboxId }) => inboxId))
        } else {
          const batch = handed.take(count).map(({ inboxId }) => inboxId)
          expect(batch).toEqual(waiting.splice(0, count))
        }
        expect(handed.next()).toBe(waiting[0] ?? null)
        expect(taken).toBe(waiting.reduce((sum, id) => sum + bytesOf(message(id)), 0))
      }
    }),
  )
})

it('says once that something was missed', () => {
  const handed = createHandedMessages({ give: () => undefined })
  expect(handed.takeMissed()).toBe(false)
  handed.miss()
  expect([handed.takeMissed(), handed.takeMissed()]).toEqual([true, false])
})
