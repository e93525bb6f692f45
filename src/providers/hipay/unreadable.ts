/** A body that no rule can read. The message says why, and never quotes the body. */
export class UnreadablePayload extends Error {
  override readonly name = 'UnreadablePayload'
}

/** Deepest nesting that is followed. HiPay nests one level; merchants' custom data a few more. */
export const DEPTH_MAX = 16

/** Objects whose content the merchant or a payment product chooses: repetition inside them decides nothing. */
const OPAQUE_NAMES = new Set([
  'custom_data',
  'basket',
  'reference_to_pay',
  'payment_reference',
  'transaction',
])

export function isOpaque(name: string): boolean {
  return OPAQUE_NAMES.has(name)
}
