import { minorUnitExponent } from '../domain/event/minor-units.ts'
import type { ResponseEnvelope, WireFields } from '../providers/provider.ts'

/**
 * What the providers send and answer, field by field, with invented values: one place for the command line, the
 * demonstration and the tests. `signNotification` turns a notification's fields into a signed request.
 */

/** The payment that a sample is about; money in minor units. */
export interface SamplePayment {
  reference: string
  orderId: string
  amount: number
  /** ISO 4217. */
  currency: string
  /** The provider's clock. Be2bill and Dalenys do not send it. */
  at: Date
  test: boolean
}

/** A provider's answer, and what the shop knows of the call that it answers. */
export interface SampleResponse {
  envelope: ResponseEnvelope
  body: WireFields
}

/** What a sample may state otherwise than its status suggests. HiPay's counters are cumulative. */
export interface HipayStatement {
  authorized?: number
  captured?: number
  refunded?: number
  /** The maintenance call behind this message, for captures and refunds. */
  operation?: { type: string; id: string; reference: string; amount: number }
}

/** HiPay's `message` of the statuses that samples use most. */
export const HIPAY_MESSAGES: Readonly<Record<string, string>> = {
  113: 'Refused',
  115: 'Cancelled',
  116: 'Authorized',
  117: 'Capture Requested',
  118: 'Captured',
  124: 'Refund Requested',
  125: 'Refunded',
  126: 'Partially Refunded',
  165: 'Refund Refused',
  173: 'Capture Refused',
  175: 'Authorization cancellation requested',
}

const HIPAY_DECLINED: readonly string[] = ['109', '110', '111', '113', '151', '163', '178']
const HIPAY_UNFINISHED: readonly string[] = ['112', '140', '142', '144', '172', '174', '177', '200']
const HIPAY_AUTHORIZED_ONLY: readonly string[] = ['114', '115', '116', '143', '175']
const HIPAY_REFUNDED: readonly string[] = ['124', '125', '183']

/** Letters, quotes and signs that a careless encoding would break. */
const HIPAY_SHOPPER: WireFields = {
  ip_address: '203.0.113.24',
  ip_country: 'FR',
  cdata1: 'basket <7> & "vip"',
  eci: '7',
  payment_product: 'visa',
  payment_method: {
    brand: 'VISA',
    pan: '411111******1111',
    card_holder: "ZOË O'NEIL & SONS",
    card_expiry_month: '12',
    card_expiry_year: '2029',
    issuer: 'BANQUE FICTIVE, S.A.',
    country: 'FR',
  },
  three_d_secure: { eci: '5', authentication_status: 'Y', authentication_message: 'Successful' },
  fraud_screening: { scoring: '40', result: 'accepted', review: '' },
}

/** Fields of HiPay's notification of `status` ("118"), in HiPay's own names and order. */
export function hipayNotification(
  status: string,
  payment: SamplePayment,
  stated: HipayStatement = {},
): WireFields {
  const { currency, orderId, test } = payment
  const at = hipayTime(payment.at)
  const decimals = String(minorUnitExponent(currency) ?? 2)
  const declined = HIPAY_DECLINED.includes(status)
  return {
    state: hipayState(status),
    reason: declined ? { code: '4010202', message: 'Declined by the issuer' } : '',
    test: String(test),
    mid: '00009990001',
    attempt_id: '1',
    authorization_code: declined ? '' : '077310',
    transaction_reference: payment.reference,
    date_created: at,
    date_updated: at,
    date_authorized: declined ? '' : at,
    status,
    message: HIPAY_MESSAGES[status] ?? '',
    ...hipayCounters(status, payment, stated),
    decimals,
    currency,
    ...HIPAY_SHOPPER,
    order: {
      id: orderId,
      date_created: at,
      attempts: '1',
      amount: majorUnits(payment.amount, currency),
      decimals,
      currency,
      customer_id: 'C-88017',
      language: 'fr_FR',
      email: 'zoe@example.test',
    },
    ...hipayOperation(payment, stated),
  }
}

/** HiPay's JSON answer to the call that the same notification is about: the same fields, in camel case. */
export function hipayResponse(
  status: string,
  payment: SamplePayment,
  stated: HipayStatement = {},
): SampleResponse {
  const body = camelCased(hipayNotification(status, payment, stated))
  return { envelope: { orderId: payment.orderId }, body }
}

function hipayState(status: string): string {
  if (HIPAY_DECLINED.includes(status)) return 'declined'
  return HIPAY_UNFINISHED.includes(status) ? 'pending' : 'completed'
}

/** What the merchant's money counters show when nothing else is asked for: the whole amount, as far as it got. */
function hipayCounters(status: string, payment: SamplePayment, stated: HipayStatement): WireFields {
  const { amount, currency } = payment
  const granted = !HIPAY_DECLINED.includes(status) && !HIPAY_UNFINISHED.includes(status)
  const authorized = stated.authorized ?? (granted ? amount : 0)
  const moved = granted && !HIPAY_AUTHORIZED_ONLY.includes(status)
  const captured = stated.captured ?? (moved ? amount : 0)
  const refunded =
    stated.refunded ?? (HIPAY_REFUNDED.includes(status) ? amount : refundedInPart(status, amount))
  return {
    authorized_amount: majorUnits(authorized, currency),
    captured_amount: majorUnits(captured, currency),
    refunded_amount: majorUnits(refunded, currency),
  }
}

const refundedInPart = (status: string, amount: number): number =>
  status === '126' || status === '182' ? Math.floor(amount / 2) : 0

function hipayOperation({ at, currency }: SamplePayment, { operation }: HipayStatement): WireFields {
  if (operation === undefined) return {}
  const { amount, ...named } = operation
  return {
    operation: { ...named, amount: majorUnits(amount, currency), currency, date: hipayTime(at) },
  }
}

const BE2BILL_MESSAGES: Readonly<Record<string, string>> = {
  '0000': 'The transaction has been accepted.',
  '0001': 'The transaction requires an authentication.',
  4001: 'The bank refused the transaction.',
  5004: 'The bank did not answer in time.',
}

/** Fields of Be2bill's and Dalenys' notification of `operation` ("payment") with `execCode` ("0000"). */
export function be2billNotification(operation: string, execCode: string, payment: SamplePayment): WireFields {
  return {
    VERSION: '3.0',
    LANGUAGE: 'en',
    CURRENCY: payment.currency,
    CLIENTIDENT: 'cust-88213',
    CLIENTEMAIL: 'ada.martin@example.test',
    DESCRIPTOR: 'DEMOSHOP',
    EXTRADATA: '{"basket":"b-771"}',
    CARDCODE: 'XXXXXXXXXXXX0007',
    CARDTYPE: 'VISA',
    CARDCOUNTRY: 'FR',
    CARDVALIDITYDATE: '09-29',
    CARDFULLNAME: 'ADA MARTIN',
    EXECCODE: execCode,
    MESSAGE: BE2BILL_MESSAGES[execCode] ?? '',
    OPERATIONTYPE: operation,
    TRANSACTIONID: payment.reference,
    ORDERID: payment.orderId,
    AMOUNT: String(payment.amount),
    '3DSECURE': 'yes',
  }
}

/** Be2bill's and Dalenys' JSON answer: hardly more than the code; order and amount are known to the shop alone. */
export function be2billResponse(operation: string, execCode: string, payment: SamplePayment): SampleResponse {
  const { orderId, amount, currency } = payment
  const body = {
    OPERATIONTYPE: operation,
    TRANSACTIONID: payment.reference,
    EXECCODE: execCode,
    MESSAGE: BE2BILL_MESSAGES[execCode] ?? '',
    DESCRIPTOR: 'DEMOSHOP',
  }
  return { envelope: { orderId, operation, amount, currency }, body }
}

/** 1230 EUR is "12.30", 500 JPY "500": digits are moved, not divided. */
export function majorUnits(amount: number, currency: string): string {
  const exponent = minorUnitExponent(currency) ?? 2
  if (exponent === 0) return String(amount)
  const digits = String(amount).padStart(exponent + 1, '0')
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

/** HiPay writes UTC as +0000 and no fraction. */
const hipayTime = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, '+0000')

/** The names that HiPay's JSON answers have. */
export function camelCased(fields: WireFields): WireFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()),
      typeof value === 'string' ? value : camelCased(value),
    ]),
  )
}
