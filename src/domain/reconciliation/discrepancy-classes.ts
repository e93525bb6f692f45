/** Every class of discrepancy. docs/runbook.md has a section on each: what it means, what to check, how it closes. */

export const DISCREPANCY_CLASSES = [
  'outcome_mismatch',
  'amount_mismatch',
  'currency_mismatch',
  'order_mismatch',
  'merchant_mismatch',
  'test_mode_mismatch',
  'unexpected_payment',
  'duplicate_payment',
  'missing_notification',
  'missing_response',
  'missing_step',
  'invalid_amount',
  'authorization_open',
] as const
export type DiscrepancyClass = (typeof DISCREPANCY_CLASSES)[number]

/** True: the witnesses contradict each other. False: a message of one of them is missing. */
export const IS_CONTRADICTION: Readonly<Record<DiscrepancyClass, boolean>> = {
  outcome_mismatch: true,
  amount_mismatch: true,
  currency_mismatch: true,
  order_mismatch: true,
  merchant_mismatch: true,
  test_mode_mismatch: true,
  unexpected_payment: true,
  duplicate_payment: true,
  missing_notification: false,
  missing_response: false,
  missing_step: false,
  invalid_amount: true,
  authorization_open: false,
}
