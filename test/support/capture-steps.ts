import type { StoredEvent } from '../../src/domain/event/evidence.ts'
import { counters, maintained, notified } from './facts.ts'
import type { Given } from './facts.ts'
import { stepsOf } from './views.ts'

/** Captures of one payment, told by counters. */

export const told = (counter: number, given: Given = {}) =>
  notified('118', { ...counters(90, counter), ...given })

export const request = (counter: number, given: Given = {}) =>
  notified('117', { ...counters(90, counter), ...given })

export const refusal = (counter: number, given: Given = {}) =>
  notified('173', { ...counters(90, counter), ...given })

export const asked = (counter: number, given: Given = {}) =>
  maintained('118', { ...counters(90, counter), ...given })

export const captures = (...events: StoredEvent[]) =>
  stepsOf(events).filter((step) => step.startsWith('capture'))

export const [matched, alone, toldOnly, due] = [
  'capture matched',
  'capture awaiting_notification',
  'capture notification_only',
  'capture awaiting_response',
]
