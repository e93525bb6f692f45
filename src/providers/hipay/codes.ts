import type { EventType, Operation, Refinement } from '../../domain/event/vocabulary.ts'

/** What one HiPay status code says, in the words of the normalized schema. */
export interface StatusMeaning {
  /** HiPay's own name of the status, for people. */
  name: string
  type: EventType
  operation: Operation | null
  /** The code can only exist on a granted authorization (a capture, a refund, a chargeback …). */
  statesAuthorization: boolean
  /** Flags of the event beside its type. */
  refinement: Refinement | null
}

/** Every status of HiPay's public table. A code outside it is `unrecognized`: kept and counted, never an error. */
export const STATUS_CODES = [
  ...(['101', '103', '104', '105', '106', '107', '108', '109', '110', '111', '112', '113'] as const),
  ...(['114', '115', '116', '117', '118', '119', '120', '121', '122', '123', '124', '125'] as const),
  ...(['126', '129', '131', '132', '134', '140', '141', '142', '143', '144', '150', '151'] as const),
  ...(['160', '161', '163', '165', '166', '168', '169', '172', '173', '174', '175', '177'] as const),
  ...(['178', '180', '181', '182', '183', '200'] as const),
] as const
export type StatusCode = (typeof STATUS_CODES)[number]

/** A step of the initial authorization. */
const initial = (name: string, type: EventType, refinement: Refinement | null = null): StatusMeaning => ({
  name,
  type,
  operation: 'authorization',
  statesAuthorization: false,
  refinement,
})

/** A later step that presupposes a granted authorization. */
const later = (
  name: string,
  type: EventType,
  operation: Operation,
  refinement: Refinement | null = null,
): StatusMeaning => ({
  name,
  type,
  operation,
  statesAuthorization: true,
  refinement,
})

/** A step beside the authorization that says nothing about whether it was granted. */
const aside = (name: string, type: EventType, operation: Operation | null): StatusMeaning => ({
  name,
  type,
  operation,
  statesAuthorization: false,
  refinement: null,
})

/**
 * Status code to meaning. 118 and 126 speak of partial steps too: the amounts decide, the code only names the axis.
 * 117 and 124 are requests, even where their counters include the step already.
 */
export const STATUSES: Readonly<Record<StatusCode, StatusMeaning>> = {
  '101': initial('Created', 'noted'),
  '103': initial('Cardholder enrolled', 'noted'),
  '104': initial('Cardholder not enrolled', 'noted'),
  '105': initial('Unable to authenticate', 'noted'),
  '106': initial('Cardholder authenticated', 'noted'),
  '107': initial('Authentication attempted', 'noted'),
  '108': initial('Could not authenticate', 'noted'),
  '109': initial('Authentication failed', 'authentication_failed'),
  '110': initial('Blocked', 'declined'),
  '111': initial('Denied', 'declined'),
  '112': initial('Authorized and pending', 'held_for_review', 'slow'),
  '113': initial('Refused', 'declined'),
  '114': initial('Expired', 'expired'),
  '115': aside('Cancelled', 'voided', 'void'),
  '116': initial('Authorized', 'authorized'),
  '117': later('Capture requested', 'capture_requested', 'capture'),
  '118': later('Captured', 'captured', 'capture'),
  '119': later('Partially captured', 'captured', 'capture'),
  '120': aside('Collected', 'noted', null),
  '121': aside('Partially collected', 'noted', null),
  '122': aside('Settled', 'noted', null),
  '123': aside('Partially settled', 'noted', null),
  '124': later('Refund requested', 'refund_requested', 'refund'),
  '125': later('Refunded', 'refunded', 'refund', 'all_refunded'),
  '126': later('Partially refunded', 'refunded', 'refund'),
  '129': later('Charged back', 'charged_back', 'chargeback'),
  '131': aside('Debited', 'noted', null),
  '132': aside('Partially debited', 'noted', null),
  '134': later('Dispute lost', 'charged_back', 'chargeback', 'dispute_lost'),
  '140': initial('Authentication requested', 'action_required'),
  '141': initial('Authenticated', 'noted'),
  '142': initial('Authorization requested', 'pending', 'authorization_requested'),
  '143': aside('Authorization cancelled', 'voided', 'void'),
  '144': initial('Reference rendered', 'action_required'),
  '150': initial('Acquirer found', 'noted'),
  '151': initial('Acquirer not found', 'declined'),
  '160': initial('Cardholder enrollment unknown', 'noted'),
  '161': initial('Risk accepted', 'noted'),
  '163': initial('Authorization refused', 'declined'),
  '165': later('Refund refused', 'refund_declined', 'refund'),
  '166': aside('Debited (cardholder credit)', 'credited', 'credit'),
  '168': aside('Debited (cardholder credit)', 'credited', 'credit'),
  '169': aside('Credit requested', 'credit_requested', 'credit'),
  '172': initial('In progress', 'pending', 'slow'),
  '173': later('Capture refused', 'capture_declined', 'capture'),
  '174': initial('Awaiting terminal', 'pending', 'slow'),
  '175': aside('Authorization cancellation requested', 'void_requested', 'void'),
  '177': initial('Challenge requested', 'action_required'),
  '178': initial('Soft declined', 'declined'),
  '180': later('Partial chargeback', 'charged_back', 'chargeback', 'partial'),
  '181': later('Chargeback', 'charged_back', 'chargeback'),
  '182': later('Partial refund by RDR', 'refunded', 'refund'),
  '183': later('Refund by RDR', 'refunded', 'refund'),
  '200': initial('Pending payment', 'pending', 'slow'),
}

const UNRECOGNIZED: StatusMeaning = aside('', 'unrecognized', null)

export function isStatusCode(code: string): code is StatusCode {
  return Object.hasOwn(STATUSES, code)
}

/** Meaning of a code; a code that no table lists means `unrecognized`. */
export function meaningOf(code: string): StatusMeaning {
  return isStatusCode(code) ? STATUSES[code] : UNRECOGNIZED
}

/** Codes of the V3 API that are not "public code minus 100". */
const V3_EXCEPTIONS: Readonly<Record<string, StatusCode>> = {
  '30': '200',
  '52': '160',
  '53': '161',
  '54': '173',
  '55': '163',
  '57': '144',
}

/**
 * Public code of a V3 status number. Most are a hundred lower, a few are not, and what leads to no listed code
 * stays as it came, hence `unrecognized`.
 */
export function publicCodeOfV3(code: string): string {
  const exception = Object.hasOwn(V3_EXCEPTIONS, code) ? V3_EXCEPTIONS[code] : undefined
  if (exception !== undefined) return exception
  const shifted = /^\d{1,2}$/.test(code) ? String(Number(code) + 100) : code
  // 163 has the V3 number 55, so 63 must not lead to it by the rule of minus 100. So it is with every code that has its own number.
  const hasOwnNumber = Object.values<string>(V3_EXCEPTIONS).includes(shifted)
  return isStatusCode(shifted) && !hasOwnNumber ? shifted : code
}

/** Words of HiPay's maintenance calls, and of merchants' envelopes, for the step they ask for. */
const OPERATION_WORDS: Readonly<Record<string, Operation>> = {
  payment: 'authorization',
  authorization: 'authorization',
  authorisation: 'authorization',
  sale: 'authorization',
  order: 'authorization',
  hpayment: 'authorization',
  acceptchallenge: 'authorization',
  denychallenge: 'authorization',
  finalize: 'authorization',
  capture: 'capture',
  refund: 'refund',
  void: 'void',
  cancel: 'void',
  credit: 'credit',
  chargeback: 'chargeback',
}

/** The operation that a word names, in any case and with any separators; null for a word that no table lists. */
export function operationOf(word: string | null | undefined): Operation | null {
  const key = (word ?? '').toLowerCase().replace(/[^a-z]/g, '')
  return Object.hasOwn(OPERATION_WORDS, key) ? (OPERATION_WORDS[key] ?? null) : null
}
