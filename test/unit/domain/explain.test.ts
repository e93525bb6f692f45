import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readExamples } from '../../../src/demo/worked-example.ts'
import { RULES } from '../../../src/domain/event/rules.ts'
import { explain } from '../../../src/domain/explain/explain.ts'
import type { ReconcileInput } from '../../../src/domain/reconcile.ts'
import { history } from '../../support/drawn-facts.ts'
import {
  eventIds,
  expectProven,
  explainAll,
  fieldOf,
  identities,
  inputOf,
  own,
  valuesWithout,
  without,
} from '../../support/explanations.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  expected,
  HOUR,
  inputFrom,
  notified,
  RECEIVED_AT,
} from '../../support/facts.ts'
import { rounds, ROUNDS_TIMEOUT } from '../../support/property-rounds.ts'

/** Every field of a transaction says who decided it, and leaving the others out proves it. */

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/transaction-lifecycle.md'), 'utf8')

const scenarios = ['hipay', 'be2bill'].flatMap(readExamples)

const other = { operationId: 'c2', amount: 5 }

const silence = 'missing_notification||transaction:A1:initial:A1'

const examples: [rule: string, field: string, input: ReconcileInput][] = [
  [
    'F-4',
    'operations[0].notification',
    inputFrom([notified('113', { occurredAt: at(1) }), notified('116', { occurredAt: at(2) })]),
  ],
  ['D-3', 'overdue', inputFrom([answered('200', counters(0))], { after: 20 * DAY })],
  ['F-8', 'operations[0].outcome', inputFrom([notified('116', counters(50)), notified('101', counters(0))])],
  [
    'F-9',
    'operations[0].outcome',
    inputFrom([notified('116'), notified('188', { operation: 'authorization' })]),
  ],
  [
    'F-10',
    'operations[0].response',
    inputFrom([beAnswered('payment', '1002'), beAnswered('payment', '4001')]),
  ],
  ['S-1', 'status', inputFrom([notified('114', counters(50))])],
  ['S-1', 'status', inputFrom([notified('101', { type: 'created' })])],
  ['F-9', 'status', inputFrom([notified('113', counters(0)), notified('188', counters(0))])],
  [
    'F-2',
    'status',
    inputFrom([notified('116', { occurredAt: at(1) }), notified('116', { occurredAt: at(1) })]),
  ],
  [
    'M-3',
    'capturedTotal',
    inputFrom([
      notified('118', { occurredAt: at(5), ...counters(50, 50), operationId: 'c1' }),
      notified('173', { occurredAt: at(6), ...counters(50, 30), operationId: 'c2' }),
    ]),
  ],
  [
    'M-5',
    'capturedTotal',
    inputFrom([
      notified('118', { ...counters(50, 25), ...own }),
      notified('117', { ...counters(50, 25), ...other }),
    ]),
  ],
  ['M-12', 'discrepancies[0]', inputFrom([notified('118', counters(40, 50))])],
  [
    'Q-2',
    'operations[0].outcome',
    inputFrom([beAnswered('payment', '0000', { amount: 50 })], {
      after: HOUR,
      resolutions: [{ key: silence, outcome: 'not_processed', at: RECEIVED_AT }],
    }),
  ],
  [
    'R-10',
    'operations[2].amount',
    inputFrom([notified('118', counters(50, 50))], {
      expectations: [expected({ operation: 'refund', parentReference: 'T1', amount: 7 })],
    }),
  ],
  ['S-4', 'status', inputFrom([beNotified('refund', '4001', { reference: 'A2', amount: 50 })])],
  ['W-3', 'operations[1].reconciliation', inputFrom([notified('117', counters(50))])],
  [
    'X-5',
    'reconciliation',
    inputFrom([beNotified('payment', '0000', { amount: 40 })], { expectations: [expected({ amount: 50 })] }),
  ],
]

describe.each(scenarios)('$id: $why', (scenario) => {
  const input = inputOf(scenario)

  it('explains the folded values, and the outranked messages together change nothing', () => {
    expectProven(input)
  })

  it('without a deciding message the value or the decision is another', () => {
    for (const explanation of explainAll(input)) {
      const { reference } = explanation
      for (const [name, { decidedBy, value, rule }] of identities(input, explanation)) {
        for (const id of eventIds(decidedBy)) {
          const rest = without(input, new Set([id]))
          const found = explain(rest, reference)
          const again = found === null ? undefined : identities(rest, found).get(name)
          expect([again?.value, again?.rule, again?.decidedBy], `${name} without ${id}`).not.toEqual([
            value,
            rule,
            decidedBy,
          ])
        }
      }
    }
  })

  it('without the messages that stated it, a value is gone', () => {
    for (const explanation of explainAll(input)) {
      const { reference } = explanation
      const all = identities(input, explanation)
      for (const [name, { decidedBy, outranked, value }] of all) {
        // A discrepancy names what it cannot do without; other messages may say the same again. Without the first of two steps
        // that reached one counter, the second has its name.
        const step = name.slice(0, name.lastIndexOf(':') + 1)
        const isFirstOfTwo = step !== '' && [...all.keys()].some((other) => other.startsWith(`${step}2`))
        const repeatable = /^(overdue$|discrepancies:)/.test(name) || isFirstOfTwo
        if (repeatable || eventIds(decidedBy).length === 0 || [0, null, false].includes(value as null))
          continue
        const ids = [...eventIds(decidedBy), ...eventIds(outranked)]
        expect(valuesWithout(input, ids, reference).get(name), name).not.toEqual(value)
      }
    }
  })
})

describe('rules', () => {
  it('are on the page of rules, each of them', () => {
    const known = new Set([...PAGE.matchAll(/^- \*\*([A-Z]-\d+)\*\*/gm)].map(([, id]) => id))
    expect(Object.keys(RULES).filter((id) => !known.has(id))).toEqual([])
  })

  it.each(examples)('%s is what decides %s', (rule, field, input) => {
    const [explanation] = explainAll(input)
    const { rule: cited, outranked } = fieldOf(explanation!, field)
    expect([cited.id, ...outranked.map((source) => source.rule.id)]).toContain(rule)
    expectProven(input)
  })

  it('are cited, each of them, by a scenario or by an example', () => {
    const inputs = [...scenarios.map(inputOf), ...examples.map(([, , input]) => input)]
    const cited = inputs
      .flatMap(explainAll)
      .flatMap(({ fields }) =>
        fields.flatMap(({ rule, outranked }) => [rule, ...outranked.map((source) => source.rule)]),
      )
    expect(Object.keys(RULES).filter((id) => cited.every((rule) => rule.id !== id))).toEqual([])
    for (const { id, name } of cited) expect(name).toBe(RULES[id])
  })
})

describe('a call that does not say what it asked for', () => {
  it('is left out like any other, where the message that tells its operation is', () => {
    const call = cutOff({ operation: null, parentReference: 'T1', operationId: 'c1' })
    for (const code of ['101', '118', '173'])
      expectProven(inputFrom([call, notified(code, { ...counters(50, 20), operationId: 'c1' })]))
  })
})

describe('generated histories', () => {
  it(
    'are explained by their folded values, and proven by leaving the outranked messages out',
    { timeout: ROUNDS_TIMEOUT },
    () => {
      fc.assert(
        fc.property(history, fc.constantFrom(1_000, 2 * DAY), (events, after) => {
          expectProven(inputFrom(events, { after, policy: { responses: 'expected' } }))
        }),
        rounds(300),
      )
    },
  )
})
