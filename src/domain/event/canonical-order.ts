import type { StoredEvent } from './evidence.ts'
import { IDENTIFYING_FIELDS } from './transaction-event.ts'
import type { TransactionEvent } from './transaction-event.ts'
import type { EventType } from './vocabulary.ts'

/**
 * One order of facts for every reader, from content alone. Receipt times and ids are not compared, so any arrival
 * order of the same messages sorts alike.
 */

/** Position of a fact among others of the same second: the usual course of a payment. */
const EVENT_RANK: Readonly<Record<EventType, number>> = {
  noted: 0,
  unrecognized: 1,
  created: 2,
  not_processed: 3,
  failed: 4,
  action_required: 5,
  pending: 6,
  held_for_review: 7,
  authentication_failed: 8,
  declined: 9,
  authorized: 10,
  capture_requested: 11,
  capture_declined: 12,
  captured: 13,
  refund_requested: 14,
  refund_declined: 15,
  refunded: 16,
  credit_requested: 17,
  credited: 18,
  void_requested: 19,
  expired: 20,
  voided: 21,
  chargeback_reversed: 22,
  charged_back: 23,
}

/** Compares by UTF-16 code units: the same everywhere, whatever the locale. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** The provider's clock as text that compares; a fact without one comes first. */
export function momentOf(fact: TransactionEvent): string {
  return fact.occurredAt ?? ''
}

/** The order of facts: the provider's clock, rank of the type, counters, then every remaining content field. */
export function compareFacts(left: TransactionEvent, right: TransactionEvent): number {
  return (
    compareText(momentOf(left), momentOf(right)) ||
    EVENT_RANK[left.type] - EVENT_RANK[right.type] ||
    (left.capturedTotal ?? 0) - (right.capturedTotal ?? 0) ||
    (left.refundedTotal ?? 0) - (right.refundedTotal ?? 0) ||
    compareContent(left, right)
  )
}

/** 0 exactly when both are the same fact. */
export function compareContent(left: TransactionEvent, right: TransactionEvent): number {
  for (const field of IDENTIFYING_FIELDS) {
    const difference = compareValues(left[field], right[field])
    if (difference !== 0) return difference
  }
  return 0
}

function compareValues(left: unknown, right: unknown): number {
  if (left === right) return 0
  if (isObject(left) && isObject(right)) return compareObjects(left, right)
  return compareText(JSON.stringify(left), JSON.stringify(right))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function compareObjects(
  left: Readonly<Record<string, unknown>>,
  right: Readonly<Record<string, unknown>>,
): number {
  // Sorted names: the order in which a parser reads the fields is not content.
  const leftNames = Object.keys(left).sort(compareText)
  const rightNames = Object.keys(right).sort(compareText)
  const byNames = compareText(leftNames.join('\n'), rightNames.join('\n'))
  if (byNames !== 0) return byNames
  for (const name of leftNames) {
    const difference = compareValues(left[name], right[name])
    if (difference !== 0) return difference
  }
  return 0
}

function compareReceipts(left: StoredEvent, right: StoredEvent): number {
  return compareText(left.receivedAt, right.receivedAt) || compareText(left.inboxId, right.inboxId)
}

/**
 * Canonical order, each fact once. Of equal facts the earliest receipt is kept, so that a redelivery moves no
 * deadline. A fact without a reference is a call of the merchant: two equal ones from two messages are two calls, not
 * a redelivery.
 */
export function distinctFacts(events: readonly StoredEvent[]): StoredEvent[] {
  const sorted = [...events].sort((left, right) => compareFacts(left, right) || compareReceipts(left, right))
  const distinct: StoredEvent[] = []
  let calls = new Set<string>()
  for (const event of sorted) {
    const last = distinct.at(-1)
    const repeated = last !== undefined && compareContent(last, event) === 0
    if (!repeated) calls = new Set()
    if (repeated && (event.reference !== null || calls.has(event.inboxId))) continue
    calls.add(event.inboxId)
    distinct.push(event)
  }
  return distinct
}
