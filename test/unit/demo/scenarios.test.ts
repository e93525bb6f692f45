import { describe, expect, it } from 'vitest'
import { scenarios } from '../../../src/demo/scenarios.ts'
import { examples, playedExamples } from '../../../src/demo/scenarios/examples.ts'
import { accountNameOf } from '../../../src/demo/worked-example.ts'

const own = scenarios.filter((scenario) => !examples.includes(scenario))

/** The rules that the comment above the scenarios states. */
describe('the scenarios of the demonstration', () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s fits the table',
    (name, scenario) => {
      expect(name.length).toBeLessThanOrEqual(24)
      expect(scenario.sentence).toMatch(/\.$/)
      expect(scenario.inputs.length).toBeGreaterThan(0)
      const { transactions, unknown = [], order } = scenario.expect
      // What says nothing about a payment says something about an order.
      expect(transactions.length + unknown.length > 0 || order !== undefined).toBe(true)
    },
  )

  it('share neither names nor references', () => {
    const references = scenarios.flatMap(({ expect: { transactions, unknown = [] } }) => [
      ...transactions.map(({ reference }) => reference),
      ...unknown,
    ])
    for (const texts of [references, scenarios.map(({ name }) => name)]) {
      expect(texts.toSorted()).toEqual([...new Set(texts)].toSorted())
    }
  })

  it('plays a dozen of the worked examples, each with all of its inputs', () => {
    expect(playedExamples).toHaveLength(12)
    for (const example of playedExamples) {
      const scenario = examples.find(({ account }) => account === accountNameOf(example))
      expect(scenario?.inputs, example.id).toHaveLength(example.inputs.length)
      expect(new Set(scenario?.inputs).size).toBe(example.inputs.length)
    }
  })

  it('use accounts of all three provider names, and end in every reconciliation that a moment can show', () => {
    expect(new Set(own.map(({ account }) => account.split('-')[1]))).toEqual(
      new Set(['hipay', 'be2bill', 'dalenys']),
    )
    const ends = own.flatMap(({ expect: { transactions } }) => transactions.map((one) => one.reconciliation))
    expect(new Set(ends)).toEqual(
      new Set(['matched', 'awaiting_notification', 'awaiting_response', 'notification_only', 'discrepant']),
    )
  })
})
