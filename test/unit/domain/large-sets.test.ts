import { describe, expect, it } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import { reconcile } from '../../../src/domain/reconcile.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  inputFrom,
  maintained,
  notified,
} from '../../support/facts.ts'

/**
 * A set of messages that belong together may be as large as a merchant makes it. What judging it costs grows as it does and not
 * with its square: counted are the questions that the rules ask of facts, since time tells of the machine as well.
 */

const each = (count: number, make: (index: number) => StoredEvent[]): StoredEvent[] =>
  Array.from({ length: count }, (_, index) => make(index)).flat()

const second = (index: number) => ({ occurredAt: at(index) })
const capture = (index: number) => ({
  ...counters(1_000_000, 10 * (index + 1)),
  ...second(index),
  amount: 10,
})

const SETS: readonly (readonly [what: string, make: (count: number) => StoredEvent[]])[] = [
  ['payments of one order', (count) => each(count, (index) => [notified('118', { reference: `T${index}` })])],
  [
    'payments of one order, each answered',
    (count) =>
      each(count, (index) => [
        notified('118', { reference: `T${index}` }),
        answered('118', { reference: `T${index}` }),
      ]),
  ],
  [
    'captures of one payment under their ids',
    (count) => each(count, (index) => [notified('118', { ...capture(index), operationId: `c${index}` })]),
  ],
  [
    'captures of one payment, each answered under its id',
    (count) =>
      each(count, (index) => [
        notified('118', { ...capture(index), operationId: `c${index}` }),
        maintained('117', { ...capture(index), operationId: `c${index}` }),
      ]),
  ],
  [
    'captures of one payment without ids, each requested first',
    (count) => each(count, (index) => [notified('117', capture(index)), notified('118', capture(index))]),
  ],
  [
    'refunds of one payment under their ids',
    (count) =>
      each(count, (index) => [
        notified('126', {
          ...counters(1_000_000, 1_000_000, 10 * (index + 1)),
          ...second(index),
          operationId: `r${index}`,
        }),
      ]),
  ],
  [
    'refunds under references of their own that answers link to one payment',
    (count) => [
      beNotified('payment', '0000', { reference: 'A', amount: 1_000_000 }),
      ...each(count, (index) => [
        beNotified('refund', '0000', { reference: `B${index}`, amount: 10 }),
        beAnswered('refund', '0000', { reference: `B${index}`, amount: 10, parentReference: 'A' }),
      ]),
    ],
  ],
  ['calls without an answer', (count) => each(count, (index) => [cutOff({ operationId: `c${index}` })])],
]

describe('judging a set of', () => {
  it.each(SETS)('%s asks each fact about as often in a set of twice the size', (_what, make) => {
    expect(questionsAbout(make(400)) / questionsAbout(make(200))).toBeLessThan(2.5)
  })
})

/** How often a member of any fact is read while the set is judged. */
function questionsAbout(facts: readonly StoredEvent[]): number {
  let asked = 0
  const watched = facts.map(
    (fact) =>
      new Proxy(fact, {
        get: (target, name) => {
          asked += 1
          return Reflect.get(target, name) as unknown
        },
      }),
  )
  reconcile(inputFrom(watched))
  return asked
}
