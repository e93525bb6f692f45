import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blankEvent } from '../../../../src/domain/event/blank-event.ts'
import type { StoredEvent } from '../../../../src/domain/event/evidence.ts'
import type { Field, Fields } from '../../../../src/domain/event/field-descriptions.ts'
import { EVENT_FIELDS, IDENTIFYING_FIELDS } from '../../../../src/domain/event/transaction-event.ts'
import { readFact, writeFact, type FactRow } from '../../../../src/domain/event/written-fact.ts'

const ids = { id: 'e-1', inboxId: 'i-1' }
const source = { provider: 'hipay', account: 'shop', witness: 'notification' as const }
const blank: StoredEvent = { ...blankEvent({ ...source, receivedAt: '2026-04-01T12:00:00.000Z' }), ...ids }

const readBack = (event: StoredEvent): StoredEvent =>
  readFact({ ...ids, fact: JSON.parse(writeFact(event).text) as FactRow['fact'] })

const text = fc.oneof(fc.constantFrom('', 'a', 'null', '__proto__', '{}'), fc.string({ unit: 'grapheme' }))
const name = fc.oneof(
  fc.constantFrom('__proto__', 'toString', '1', '02', 'amount'),
  fc.string({ maxLength: 4 }),
)

function valueOf({ type, nullable }: Field): fc.Arbitrary<unknown> {
  const stated = statedBy(type)
  return nullable ? fc.option(stated) : stated
}

function statedBy(type: Field['type']): fc.Arbitrary<unknown> {
  if (type.kind === 'flag') return fc.boolean()
  if (type.kind === 'amount' || type.kind === 'integer' || type.kind === 'number') return fc.nat()
  if (type.kind === 'texts') return fc.array(text, { maxLength: 2 })
  if (type.kind === 'record')
    return fc.array(fc.tuple(name, text), { maxLength: 3 }).map((entries) => Object.fromEntries(entries))
  if (type.kind === 'enumeration') return fc.constantFrom(...type.values)
  return type.kind === 'parts' ? recordOf(type.parts).filter(isStated) : text
}

const recordOf = (fields: Fields): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(Object.entries(fields).map(([field, of]) => [field, valueOf(of)])), {
    noNullPrototype: true,
  })

const isStated = (parts: object): boolean => Object.values(parts).some((value) => value !== null)

const event = recordOf(EVENT_FIELDS).map((fields) => ({ ...fields, ...ids }) as unknown as StoredEvent)

/** The same event but for one field, which may be the same all the same. */
const pair = fc
  .tuple(event, event, fc.constantFrom(...(Object.keys(EVENT_FIELDS) as (keyof StoredEvent)[])))
  .map(([one, other, field]) => [one, { ...one, [field]: other[field] }] as const)

const reversed = (value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, member]) => [key, reversed(member)]),
      )

const identityOf = (one: StoredEvent): object =>
  Object.fromEntries(IDENTIFYING_FIELDS.map((field) => [field, one[field]]))

describe('a fact that is written', () => {
  it('is read back as it was', () => {
    fc.assert(
      fc.property(event, (one) => {
        expect(readBack(one)).toStrictEqual(one)
      }),
    )
  })

  it('has the identity of another one exactly if both state the same', () => {
    fc.assert(
      fc.property(pair, ([one, other]) => {
        let isSame = true
        try {
          expect(identityOf(one)).toStrictEqual(identityOf(other))
        } catch {
          isSame = false
        }
        expect(writeFact(one).identity === writeFact(other).identity).toBe(isSame)
      }),
    )
  })

  it('has one text whatever the order in which it was read', () => {
    fc.assert(
      fc.property(event, (one) => {
        expect(writeFact(reversed(one) as StoredEvent)).toEqual(writeFact(one))
      }),
    )
  })

  it('takes no room for what states nothing', () => {
    const stated = { ...blank, reason: { code: null, message: 'm', category: null, retry: null } }
    expect(Object.keys(JSON.parse(writeFact(blank).text) as object)).toEqual([
      ...Object.keys(source),
      ...['type', 'receivedAt'],
    ])
    expect(JSON.parse(writeFact(stated).text)).toHaveProperty('reason', { message: 'm' })
  })
})
