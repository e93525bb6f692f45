import { blankEvent } from './blank-event.ts'
import type { StoredEvent } from './evidence.ts'
import type { Field, Fields } from './field-descriptions.ts'
import { EVENT_FIELDS, type TransactionEvent } from './transaction-event.ts'

/**
 * A fact as text, and back. What states nothing is left out, which halves the text; equal content is equal text, whatever
 * the order in which it was read. The ids stand beside it.
 */
export interface WrittenFact {
  /** JSON of all that makes it this fact and no other. */
  identity: string
  /** JSON of all that it states: the same, and what only people read. */
  text: string
}

export interface FactRow {
  id: string
  inboxId: string
  fact: Partial<TransactionEvent>
}

export function writeFact(event: TransactionEvent): WrittenFact {
  const identity = JSON.stringify(statedOf(event, IDENTIFYING))
  const others = JSON.stringify(statedOf(event, DISPLAYED))
  // Neither is empty: every event states its provider and when it was received.
  return { identity, text: `${identity.slice(0, -1)},${others.slice(1)}` }
}

export function readFact({ id, inboxId, fact }: FactRow): StoredEvent {
  const event = { ...BLANK, ...fact, id, inboxId }
  const fields: Record<string, unknown> = event
  for (const [name, blank] of BLANK_PARTS) {
    const parts = fields[name]
    if (typeof parts === 'object' && parts !== null) fields[name] = { ...blank, ...parts }
  }
  return event
}

const BLANK = blankEvent({ provider: '', account: '', witness: 'notification', receivedAt: '' })

const blankOf = (fields: Fields): object =>
  Object.fromEntries(Object.entries(fields).map(([name, { blank }]) => [name, blank]))

const BLANK_PARTS = (Object.keys(EVENT_FIELDS) as (keyof TransactionEvent)[]).flatMap((name) => {
  const { type } = EVENT_FIELDS[name] as Field
  return type.kind === 'parts' ? [[name, blankOf(type.parts)] as const] : []
})

interface Member {
  name: string
  /** False is what an event says of it that does not state it. */
  isMark: boolean
  /** What an object states; null: it is no object, and stands for itself. */
  stated: ((value: object) => object) | null
}

/** Written in this order. */
const membersOf = (fields: Fields): Member[] =>
  Object.entries(fields).map(([name, { type, blank }]) => ({
    name,
    isMark: blank === false,
    stated: statedIn(type),
  }))

function statedIn(type: Field['type']): Member['stated'] {
  if (type.kind === 'record') return sorted
  if (type.kind === 'texts') return (texts) => texts
  if (type.kind !== 'parts') return null
  const members = membersOf(type.parts)
  return (parts) => statedOf(parts, members)
}

function statedOf(value: object, members: readonly Member[]): object {
  const record = value as Readonly<Record<string, unknown>>
  const all: Record<string, unknown> = {}
  for (const { name, isMark, stated } of members) {
    const member = record[name] ?? null
    if (member === null || (isMark && member === false)) continue
    if (stated === null || typeof member !== 'object') all[name] = member
    else if (hasMembers(member)) all[name] = stated(member)
  }
  return all
}

function hasMembers(value: object): boolean {
  for (const _name in value) return true
  return false
}

/** An own `__proto__` stays one. */
function sorted(record: object): object {
  let previous = ''
  for (const name of Object.keys(record)) {
    if (previous > name) return Object.fromEntries(Object.entries(record).sort(byName))
    previous = name
  }
  return record
}

const byName = ([left]: [string, unknown], [right]: [string, unknown]): number => (left < right ? -1 : 1)

const fieldsThat = (identify: boolean): Member[] =>
  membersOf(
    Object.fromEntries(Object.entries(EVENT_FIELDS).filter(([, field]) => field.identifies === identify)),
  )

const IDENTIFYING = fieldsThat(true)
const DISPLAYED = fieldsThat(false)
