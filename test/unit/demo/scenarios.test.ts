import { describe, expect, it } from 'vitest'
import { scenarios } from '../../../src/demo/scenarios.ts'

/** The rules that the comment above the scenarios states. */
describe('the scenarios of the demonstration', () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s fits the table',
    (name, scenario) => {
      expect(name.length).toBeLessThanOrEqual(24)
      expect(scenario.sentence).toMatch(/\.$/)
      expect(scenario.steps.length).toBeGreaterThan(0)
      expect(scenario.expect.transactions.length + (scenario.expect.unknown?.length ?? 0)).toBeGreaterThan(0)
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

  it('use accounts of all three provider names, and end in every reconciliation that a moment can show', () => {
    expect(new Set(scenarios.map(({ account }) => account.split('-')[1]))).toEqual(
      new Set(['hipay', 'be2bill', 'dalenys']),
    )
    const ends = scenarios.flatMap(({ expect: { transactions } }) =>
      transactions.map((one) => one.reconciliation),
    )
    expect(new Set(ends)).toEqual(
      new Set(['matched', 'awaiting_notification', 'awaiting_response', 'notification_only', 'discrepant']),
    )
  })
})
