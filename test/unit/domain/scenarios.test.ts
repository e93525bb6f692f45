import { describe, expect, test } from 'vitest'
import { readExamples, type WorkedExample } from '../../../src/demo/worked-example.ts'
import { reconcile } from '../../../src/domain/reconcile.ts'
import type { Evidence } from '../../support/scenarios.ts'
import { clockOf, evidenceOf, policyOf, statedBy } from '../../support/scenarios.ts'
import { orderingsOf } from '../../support/orderings.ts'

/** Permutations of so many inputs; fewer under mutation testing, where every mutant runs them again. */
const { ORDERINGS } = process.env
const orderingsHere = (evidence: readonly Evidence[]) =>
  ORDERINGS === undefined ? orderingsOf(evidence) : orderingsOf(evidence, 2, Number(ORDERINGS))

const outcomeOf = (scenario: WorkedExample, evidence: readonly Evidence[]) =>
  reconcile({
    events: evidence.flatMap(({ events }) => events),
    expectations: evidence.flatMap(({ expectations }) => expectations),
    resolutions: [],
    policy: policyOf(scenario),
    now: clockOf(scenario),
  })

describe.each(['hipay', 'be2bill'])('%s scenarios', (provider) => {
  test.each(readExamples(provider))('P-1 $id: $why', (scenario) => {
    const evidence = evidenceOf(scenario)
    const whole = outcomeOf(scenario, evidence)
    expect(statedBy(whole)).toEqual(
      scenario.expect.order === null ? { ...scenario.expect, order: null } : scenario.expect,
    )
    for (const ordering of orderingsHere(evidence)) {
      const [first] = ordering
      // Messages repeat, announcements are idempotent before they reach the domain.
      const again = { events: first?.events ?? [], expectations: [] }
      expect(outcomeOf(scenario, ordering)).toEqual(whole)
      expect(outcomeOf(scenario, [...ordering, again])).toEqual(whole)
    }
  })
})
