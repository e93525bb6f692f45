import type { ExplainedField, OtherSource } from '../../src/domain/explain/derivations.ts'
import { explain } from '../../src/domain/explain/explain.ts'
import type { Source } from '../../src/domain/explain/explain.ts'
import type { StoredEvent } from '../../src/domain/event/evidence.ts'
import { at, beNotified, inputFrom, notified } from './facts.ts'
import type { Circumstances } from './facts.ts'

/** Who decides a field of a short history, in one line each. */

/** Messages by the name under which an expectation speaks of them. */
export type History = Readonly<Record<string, StoredEvent>>

export function saidBy(source: OtherSource): string {
  return source.kind === 'expectation' ? 'announced' : `resolved ${source.key.replace(/\|.*/, '')}`
}

export type Told = Readonly<Record<ExplainedField, string>> & Readonly<Record<string, string>>

/** Field → `<rule>: <who decided> | <who was outranked> <rule>, …`; both lists in alphabetical order. */
export function told(
  history: History,
  given: Circumstances = {},
  reference = 'T1',
  others: readonly StoredEvent[] = [],
): Told {
  const names = new Map(Object.entries(history).map(([name, { id }]) => [id, name]))
  const nameOf = (source: Source): string =>
    source.kind === 'event' ? (names.get(source.eventId) ?? 'an event without a name') : saidBy(source)
  const { fields } = explain(inputFrom([...Object.values(history), ...others], given), reference)!
  return Object.fromEntries(
    fields.map(({ field, rule, decidedBy, outranked }) => {
      const deciding = decidedBy.map(nameOf).sort()
      const yielding = outranked.map((source) => `${nameOf(source)} ${source.rule.id}`).sort()
      return [field, [`${rule.id}: ${deciding.join(' ')}`, yielding.join(', ')].filter(Boolean).join(' | ')]
    }),
  ) as Told
}

export const toldOfA1 = (history: History, given: Circumstances = {}) => told(history, given, 'A1')

/** A HiPay notification of one second. */
export const second = (code: string, moment: number, given: Partial<StoredEvent> = {}) =>
  notified(code, { occurredAt: at(moment), ...given })

export const paid = beNotified('payment', '0000', { amount: 90 })

export const linked = (reference: string, amount: number | null) => ({
  reference,
  parentReference: 'A1',
  amount,
})
