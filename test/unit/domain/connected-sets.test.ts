import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectedSets } from '../../../src/domain/connected-sets.ts'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import { DisjointSets, tiesOf } from '../../../src/domain/identity/ties.ts'
import { expected, notified } from '../../support/facts.ts'

/** What was read together is judged together only where something ties it. */

const NOTHING = { events: [], expectations: [], resolutions: [], references: [], orders: [] }
const account = { provider: 'hipay', account: 'shop' }

const read = (events: readonly StoredEvent[]) => connectedSets({ ...NOTHING, events })

describe('what a message ties', () => {
  it.each<[string, Partial<StoredEvent>, string[], string[]]>([
    ['its transaction and its order', { reference: 'T1', orderId: 'O1' }, ['T1'], ['O1']],
    [
      'the payment that it acts on',
      { reference: 'T2', parentReference: 'T1', orderId: null },
      ['T2', 'T1'],
      [],
    ],
    [
      'an operation id that stands alone',
      { reference: null, orderId: null, operationId: 'c1' },
      ['operation:c1'],
      [],
    ],
    ['no operation id beside an order', { reference: null, orderId: 'O1', operationId: 'c1' }, [], ['O1']],
    ['nothing', { reference: null, orderId: null }, [], []],
  ])('%s', (_what, named, references, orderIds) => {
    expect(tiesOf(notified('116', named))).toEqual({ references, orderIds })
  })
})

describe('connected sets', () => {
  it('hold every message once, with what is replaced and what was stated about it', () => {
    const [first, second] = [
      notified('116', { reference: 'T1', orderId: 'O1' }),
      notified('116', { reference: 'T2', orderId: 'O2' }),
    ]
    const announced = { ...expected({ orderId: 'O2' }), ...account }
    const resolution = {
      ...account,
      ...{ key: 'k', outcome: null, at: '', reference: 'T1', orderId: null },
      covers: { parts: [], outcomes: { response: '', notification: '' }, amountAtRisk: null },
    }
    const scopes = connectedSets({
      events: [first, second],
      expectations: [announced],
      resolutions: [resolution],
      references: [{ ...account, id: 'T1' }],
      orders: [{ ...account, id: 'O3' }],
    })
    expect(scopes).toEqual([
      {
        ...account,
        events: [first],
        expectations: [],
        resolutions: [resolution],
        references: ['T1'],
        orderIds: [],
      },
      {
        ...account,
        events: [second],
        expectations: [announced],
        resolutions: [],
        references: [],
        orderIds: [],
      },
      { ...account, events: [], expectations: [], resolutions: [], references: [], orderIds: ['O3'] },
    ])
  })

  it('are apart by account, whatever the ids', () => {
    const named = { reference: 'T1', orderId: 'O1' }
    expect(read([notified('116', named), notified('116', { ...named, account: 'other' })])).toHaveLength(2)
    expect(read([notified('116', named), notified('116', { ...named, provider: 'be2bill' })])).toHaveLength(2)
  })

  it('do not depend on the order of reading', () => {
    const named = fc.record({
      reference: fc.constantFrom('T1', 'T2', 'T3', 'T4'),
      parentReference: fc.constantFrom(null, 'T1', 'T2', 'T5'),
      orderId: fc.constantFrom(null, 'O1', 'O2', 'O3'),
    })
    fc.assert(
      fc.property(fc.array(named, { maxLength: 12 }), (given) => {
        const events = given.map((one) => notified('118', one))
        const sets = (list: readonly StoredEvent[]) =>
          read(list)
            .map((scope) =>
              scope.events
                .map(({ id }) => id)
                .toSorted()
                .join(),
            )
            .toSorted()
        expect(sets(events.toReversed())).toEqual(sets(events))
        expect(sets(events)).toEqual(closuresOf(events))
      }),
    )
  })

  /** By hand: merge two groups as long as any tie is common to both. */
  function closuresOf(events: readonly StoredEvent[]): string[] {
    const groups = events.map((event) => ({ ids: [event.id], ties: tieTexts(event) }))
    for (;;) {
      const pair = groups.flatMap((one, index) =>
        groups
          .slice(index + 1)
          .filter((other) => !one.ties.isDisjointFrom(other.ties))
          .map((other) => [one, other] as const),
      )[0]
      if (pair === undefined) return groups.map(({ ids }) => ids.toSorted().join()).toSorted()
      const [one, other] = pair
      groups.splice(groups.indexOf(other), 1)
      one.ids.push(...other.ids)
      one.ties = one.ties.union(other.ties)
    }
  }

  function tieTexts(event: StoredEvent): Set<string> {
    const { references, orderIds } = tiesOf(event)
    return new Set([...references.map((id) => `t${id}`), ...orderIds.map((id) => `o${id}`)])
  }
})

it('a chain of a hundred thousand names, hung from either end, is one set', () => {
  const [forwards, backwards] = [new DisjointSets(), new DisjointSets()]
  for (let link = 0; link < 100_000; link += 1) {
    forwards.join([`n${link}`, `n${link + 1}`])
    backwards.join([`n${100_000 - link}`, `n${99_999 - link}`])
  }
  for (const sets of [forwards, backwards]) expect(sets.find(['n0'])).toBe(sets.find(['n100000']))
})

it('no name, or an unknown one, is in no set', () => {
  const sets = new DisjointSets()
  sets.join([])
  sets.join(['a', 'b'])
  expect(sets.find([])).toBe('')
  expect(sets.find(['x'])).toBe('x')
  expect(sets.find(['x', 'b'])).toBe(sets.find(['a']))
})
