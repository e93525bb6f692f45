import type { StoredEvent } from '../../src/domain/event/evidence.ts'
import { beNotified, type Given } from './facts.ts'

/** Be2bill steps that name no payment. */

export const loose = (
  operation: string,
  reference: string,
  amount: number | null,
  given: Given = {},
): StoredEvent => beNotified(operation, '0000', { reference, amount, ...given })

const step =
  (operation: string) =>
  (reference: string, amount: number | null, given: Given = {}): StoredEvent =>
    loose(operation, reference, amount, given)

export const [sale, authorization, capture, refund, voiding] = [
  step('payment'),
  step('authorization'),
  step('capture'),
  step('refund'),
  step('void'),
]
