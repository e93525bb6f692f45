import type { Reason } from '../../domain/event/transaction-event.ts'
import type { ReasonCategory, RetryAdvice } from '../../domain/event/vocabulary.ts'

type Advice = Pick<Reason, 'category' | 'retry'>
type Line = readonly [name: string, category: ReasonCategory, retry: RetryAdvice]

/** HiPay's published reason and error codes: its name for each, what kind of failure it is, whether asking again helps. */
export const REASONS = {
  '1000001': ['Incorrect Credentials', 'configuration', 'after_fix'],
  '1000002': ['Incorrect Signature', 'configuration', 'after_fix'],
  '1000003': ['Account Not Active', 'configuration', 'after_fix'],
  '1000004': ['Account Locked', 'configuration', 'after_fix'],
  '1000005': ['Insufficient Permissions', 'configuration', 'after_fix'],
  '1000006': ['Forbidden Access', 'configuration', 'after_fix'],
  '1000007': ['Unsupported Version', 'configuration', 'after_fix'],
  // The table's retry column says no, its own description "try again later": the description is about this code.
  '1000008': ['Temporarily Unavailable', 'technical', 'later'],
  '1000009': ['Not Allowed', 'configuration', 'after_fix'],
  '1010001': ['Method Not Allowed', 'merchant_error', 'after_fix'],
  '1010101': ['Required Parameter Missing', 'merchant_error', 'after_fix'],
  '1010201': ['Invalid Parameter', 'merchant_error', 'after_fix'],
  '1010202': ['Invalid Parameter', 'merchant_error', 'after_fix'],
  '1010203': ['Invalid Parameter', 'merchant_error', 'after_fix'],
  '1010204': ['Invalid Parameter', 'merchant_error', 'after_fix'],
  '1010205': ['Invalid Parameter', 'merchant_error', 'after_fix'],
  '1010206': ['Invalid Date', 'merchant_error', 'after_fix'],
  '1010207': ['Invalid Time', 'merchant_error', 'after_fix'],
  '1010208': ['Invalid IP Address', 'merchant_error', 'after_fix'],
  '1010209': ['Invalid Email Address', 'merchant_error', 'after_fix'],
  '1010301': ['Invalid Soft Descriptor', 'merchant_error', 'after_fix'],
  '1010401': ['UTF-8 Encoding error', 'merchant_error', 'after_fix'],
  '1020001': ['No route to acquirer', 'configuration', 'after_fix'],
  '1020002': ['Unsupported ECI', 'merchant_error', 'after_fix'],
  '1020003': ['Unsupported Payment Product', 'merchant_error', 'after_fix'],
  '3000001': ['Unknown Order', 'merchant_error', 'never'],
  '3000002': ['Unknown Transaction', 'merchant_error', 'never'],
  '3000003': ['Unknown Merchant', 'configuration', 'never'],
  '3000101': ['Unsupported Operation', 'merchant_error', 'after_fix'],
  '3000102': ['Unknown IP Address', 'merchant_error', 'after_fix'],
  '3000201': ['Suspicion of fraud', 'risk', 'later'],
  '3010001': ['Unsupported Currency', 'merchant_error', 'after_fix'],
  '3010002': ['Amount Limit Exceeded', 'merchant_error', 'after_fix'],
  '3010003': ['Max Attempts Exceeded', 'merchant_error', 'never'],
  '3010004': ['Duplicate Order', 'merchant_error', 'after_fix'],
  '3010005': ['Checkout Session Expired', 'abandoned', 'after_fix'],
  '3010006': ['Order Completed', 'merchant_error', 'after_fix'],
  '3010007': ['Order Expired', 'abandoned', 'after_fix'],
  '3010008': ['Order Voided', 'merchant_error', 'after_fix'],
  '3020001': ['Authorization Expired', 'merchant_error', 'never'],
  '3020002': ['Amount Limit Exceeded', 'merchant_error', 'after_fix'],
  '3020101': ['Capture Not Enabled', 'configuration', 'after_fix'],
  '3020102': ['Capture Not Allowed', 'merchant_error', 'never'],
  '3020103': ['Partial Capture Not Allowed', 'merchant_error', 'never'],
  '3020104': ['Capture Permission Denied', 'merchant_error', 'never'],
  '3020105': ['Capture Currency Mismatch', 'merchant_error', 'after_fix'],
  '3020106': ['Authorization Completed', 'merchant_error', 'never'],
  '3020107': ['No More Captures', 'merchant_error', 'never'],
  '3020108': ['Invalid Capture Amount', 'merchant_error', 'after_fix'],
  '3020109': ['Capture Amount Limit Exceeded', 'merchant_error', 'after_fix'],
  '3020110': ['Partial Capture Amount Limit Exceeded', 'merchant_error', 'after_fix'],
  '3020111': ['Capture Not Permitted (closed)', 'merchant_error', 'never'],
  '3020112': ['Capture Not Permitted (declined)', 'merchant_error', 'never'],
  '3020201': ['Refund Not Enabled', 'configuration', 'after_fix'],
  '3020202': ['Refund Not Allowed', 'merchant_error', 'never'],
  '3020203': ['Partial Refund Not Allowed', 'merchant_error', 'never'],
  '3020204': ['Refund Permission Denied', 'merchant_error', 'never'],
  '3020205': ['Refund Currency Mismatch', 'merchant_error', 'after_fix'],
  '3020206': ['Already Refunded', 'merchant_error', 'never'],
  '3020207': ['No More Refunds', 'merchant_error', 'never'],
  '3020208': ['Invalid Refund Amount', 'merchant_error', 'after_fix'],
  '3020209': ['Refund Amount Limit Exceeded', 'merchant_error', 'after_fix'],
  '3020210': ['Partial Refund Amount Limit Exceeded', 'merchant_error', 'after_fix'],
  '3020211': ['Refund Not Permitted (closed)', 'merchant_error', 'never'],
  '3020212': ['Refund Too Late', 'merchant_error', 'never'],
  '3020301': ['Re-authorization Not Enabled', 'configuration', 'after_fix'],
  '3020302': ['Re-authorization Not Allowed', 'merchant_error', 'never'],
  '3020303': ['Cannot Reauthorize', 'merchant_error', 'never'],
  '3020304': ['Max Re-authorizations Exceeded', 'merchant_error', 'never'],
  '3020401': ['Void Not Allowed', 'merchant_error', 'never'],
  '3020402': ['Cannot Void', 'merchant_error', 'never'],
  '3020403': ['Authorization Voided', 'merchant_error', 'never'],
  '3030001': ['Fraud Suspicion', 'risk', 'never'],
  '3040001': ['Unknown Token', 'merchant_error', 'never'],
  '4000001': ['Declined', 'soft_decline', 'later'],
  '4000002': ['Declined', 'soft_decline', 'later'],
  '4000003': ['Insufficient Funds', 'soft_decline', 'later'],
  '4000004': ['Technical Problem', 'technical', 'later'],
  '4000005': ['Communication Failure', 'technical', 'later'],
  '4000006': ['Acquirer Unavailable', 'technical', 'later'],
  '4000007': ['Duplicate Transaction', 'merchant_error', 'never'],
  '4000008': ['Payment cancelled by the customer', 'abandoned', 'never'],
  '4000009': ['Invalid transaction', 'hard_decline', 'never'],
  '4000010': ['Please call the acquirer', 'technical', 'never'],
  '4000011': ['Authentication failed', 'authentication', 'later'],
  '4000012': ['No UID configured for this operation', 'configuration', 'after_fix'],
  '4010101': ['Refusal (No Explicit Reason)', 'soft_decline', 'later'],
  '4010102': ['Issuer Not Available', 'technical', 'later'],
  '4010103': ['Insufficient Funds', 'soft_decline', 'later'],
  '4010201': ['Transaction Not Permitted', 'hard_decline', 'never'],
  '4010202': ['Invalid Card Number', 'hard_decline', 'never'],
  '4010203': ['Unsupported Card', 'hard_decline', 'never'],
  '4010204': ['Card Expired', 'hard_decline', 'never'],
  '4010205': ['Expiry Date Incorrect', 'hard_decline', 'never'],
  '4010206': ['CVC Required', 'hard_decline', 'never'],
  '4010207': ['CVC Error', 'hard_decline', 'never'],
  '4010301': ['AVS Failed', 'risk', 'never'],
  '4010302': ['Retain Card', 'hard_decline', 'never'],
  '4010303': ['Lost or Stolen Card', 'hard_decline', 'never'],
  '4010304': ['Restricted Card', 'hard_decline', 'never'],
  '4010305': ['Card Limit Exceeded', 'soft_decline', 'later'],
  '4010306': ['Card Blacklisted', 'risk', 'never'],
  '4010307': ['Unauthorized IP address country', 'risk', 'never'],
  '4010309': ["Card not in authorizer's database", 'hard_decline', 'never'],
  '4010310': ['3DS required but not used', 'authentication', 'with_authentication'],
  '4010312': ['Soft Declined', 'soft_decline', 'with_authentication'],
} as const satisfies Readonly<Record<string, Line>>

export type ReasonCode = keyof typeof REASONS

/** Category of a code's family, for codes published after this table. Advice is never inferred. */
const FAMILIES: readonly (readonly [prefix: string, category: ReasonCategory])[] = [
  ['1000', 'configuration'],
  ['101', 'merchant_error'],
  ['102', 'configuration'],
  ['301', 'merchant_error'],
  ['302', 'merchant_error'],
  ['40101', 'soft_decline'],
  ['40102', 'hard_decline'],
  ['40103', 'hard_decline'],
]

/** Category and retry advice of a reason code; nulls where neither the code nor its family says. */
export function adviceOn(code: string | null): Advice {
  if (code === null) return { category: null, retry: null }
  if (isReasonCode(code)) {
    const [, category, retry] = REASONS[code]
    return { category, retry }
  }
  const family = /^\d{7}$/.test(code) ? FAMILIES.find(([prefix]) => code.startsWith(prefix)) : undefined
  return { category: family?.[1] ?? null, retry: null }
}

function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(REASONS, code)
}

/** Duplicate order, order completed, duplicate transaction: refused because of another payment of the order. */
const OTHER_PAYMENT: ReadonlySet<string> = new Set(['3010004', '3010006', '4000007'])

export function namesOtherPayment(code: string | null): boolean {
  return code !== null && OTHER_PAYMENT.has(code)
}
