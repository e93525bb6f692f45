import { expect } from 'vitest'
import type { WorkedExample } from '../../src/demo/worked-example.ts'
import { discrepancyPath, operationPath, stateOf } from '../../src/domain/explain/derivations.ts'
import type { OperationPart } from '../../src/domain/explain/derivations.ts'
import { explain } from '../../src/domain/explain/explain.ts'
import type { ExplainedValue, Explanation } from '../../src/domain/explain/explain.ts'
import { judge, reconcile } from '../../src/domain/reconcile.ts'
import type { ReconcileInput } from '../../src/domain/reconcile.ts'
import { ATTRIBUTE_FIELDS } from '../../src/domain/event/transaction-event.ts'
import type { Transaction } from '../../src/domain/reconciliation/transaction.ts'
import { clockOf, evidenceOf, policyOf } from './scenarios.ts'

/** What is promised of every explanation, and how it is proven: by leaving messages out. */

export function inputOf(scenario: WorkedExample): ReconcileInput {
  const evidence = evidenceOf(scenario)
  return {
    events: evidence.flatMap(({ events }) => events),
    expectations: evidence.flatMap(({ expectations }) => expectations),
    resolutions: [],
    policy: policyOf(scenario),
    now: clockOf(scenario),
  }
}

export const without = (input: ReconcileInput, ids: ReadonlySet<string>): ReconcileInput => ({
  ...input,
  events: input.events.filter(({ id }) => !ids.has(id)),
})

/** Explanations of every transaction of an input. */
export const explainAll = (input: ReconcileInput): Explanation[] =>
  reconcile(input).transactions.map(({ reference }) => explain(input, reference)!)

/** Fields by the key of what they speak of: without a message, operations may stand in another order. */
export function identities(
  input: ReconcileInput,
  { reference, fields }: Explanation,
): Map<string, ExplainedValue> {
  const { transaction, folded } = judge(input).reconciled.find(
    (one) => one.transaction.reference === reference,
  )!
  const keyOf = (field: string): string => {
    const [, list, index, part] = /^(\w+)\[(\d+)\](?:\.(\w+))?$/.exec(field) ?? []
    if (list === 'operations')
      return operationPath(folded.operations[Number(index)]!.key, part as OperationPart)
    return list === undefined ? field : discrepancyPath(transaction.discrepancies[Number(index)]!.key)
  }
  return new Map(fields.map((one) => [keyOf(one.field), one]))
}

/** All values when some messages had never come, by the same keys. */
export function valuesWithout(
  input: ReconcileInput,
  ids: readonly string[],
  reference: string,
): Map<string, unknown> {
  const { reconciled, transactions } = judge(without(input, new Set(ids)))
  const index = transactions.findIndex((one) => one.reference === reference)
  const [own, transaction] = [reconciled[index], transactions[index]]
  return own && transaction ? stateOf({ reconciled: own, transaction }) : new Map<string, unknown>()
}

export const fieldOf = ({ fields }: Explanation, name: string): ExplainedValue =>
  fields.find(({ field }) => field === name)!

export const eventIds = (sources: readonly { kind: string; eventId?: string }[]): string[] =>
  sources.flatMap(({ eventId }) => eventId ?? [])

export const SCALARS = [
  'status',
  'reconciliation',
  'overdue',
  'orderId',
  'authorizedTotal',
  'capturedTotal',
  'refundedTotal',
  'chargedBackTotal',
  'currency',
  'test',
  ...ATTRIBUTE_FIELDS,
] as const

/** The state as `reconcile` answers it, under the names that an explanation gives to its fields. */
export function foldedValues(transaction: Transaction): Record<string, unknown> {
  const operations = transaction.operations.flatMap((operation, index) =>
    (['amount', 'reconciliation', 'response', 'notification'] as const).map((part) => [
      `operations[${index}].${part}`,
      operation[part],
    ]),
  )
  const found = transaction.discrepancies.map(({ key: _key, ...discrepancy }, index) => [
    `discrepancies[${index}]`,
    discrepancy,
  ])
  return Object.fromEntries([
    ...SCALARS.map((field) => [field, transaction[field]]),
    ...operations,
    ...found,
  ]) as Record<string, unknown>
}

export const OUTCOME = /^operations\[\d+\]\.outcome$/

export function explainedValues({ fields }: Explanation): Record<string, unknown> {
  return Object.fromEntries(
    fields.filter(({ field }) => !OUTCOME.test(field)).map(({ field, value }) => [field, value]),
  )
}

/** What is promised of every explanation, whatever the messages were. */
export function expectProven(input: ReconcileInput): void {
  for (const transaction of reconcile(input).transactions) {
    const explanation = explain(input, transaction.reference)!
    expect(explanation.tried).toBe(true)
    expect(explainedValues(explanation)).toEqual(foldedValues(transaction))
    for (const [name, { value, decidedBy, outranked }] of identities(input, explanation)) {
      const told = new Set([...eventIds(decidedBy), ...eventIds(outranked)])
      expect(told.size, `${name}: no source both decides and is outranked`).toBe(
        eventIds(decidedBy).length + eventIds(outranked).length,
      )
      if (outranked.length === 0) continue
      const rest = valuesWithout(input, eventIds(outranked), transaction.reference)
      expect(rest.get(name), name).toEqual(value)
    }
  }
}

/** Short histories in which rules meet that no scenario needs; the rule and the field that has to cite it. */
export const own = { operationId: 'c1', amount: 20 }
