import type { StoredEvent } from '../../src/domain/event/evidence.ts'
import { at, counters, cutOff, notified } from './facts.ts'
import type { Given } from './facts.ts'

/** Attempts and calls of one order, each received as it happens. */

/** Everything is received as it happens unless told. */
export const refused = (second: number, given: Given = {}): StoredEvent =>
  notified('113', {
    ...counters(0),
    createdAt: at(second),
    receivedAt: at(second),
    reference: `T${second}`,
    ...given,
  })

export const paid = (second: number, given: Given = {}): StoredEvent =>
  notified('118', {
    ...counters(50, 50),
    createdAt: at(second),
    receivedAt: at(second),
    reference: `T${second}`,
    ...given,
  })

export const timeout = (second: number, given: Given = {}): StoredEvent =>
  cutOff({ answeredAt: at(second), receivedAt: at(second), ...given })
