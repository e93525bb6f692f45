import type {
  Customer,
  Fraud,
  PaymentMethod,
  Reason,
  ThreeDSecure,
  TransactionEvent,
} from '../../domain/event/transaction-event.ts'
import { blankEvent } from '../../domain/event/blank-event.ts'
import type { Account } from '../account.ts'
import { readAmounts } from './amounts.ts'
import { meaningOf } from './codes.ts'
import { detailsOf } from './details.ts'
import type { Fields } from './fields.ts'
import { textAt, unlessEmpty, wordAt } from './fields.ts'
import { padMerchantId } from './merchant-id.ts'
import { personalAt, readMaskedPan, readRemainder, redactedAt } from './privacy.ts'
import { adviceOn, namesOtherPayment } from './reasons.ts'
import { parseTimestamp } from './timestamp.ts'
import { UnreadablePayload } from './unreadable.ts'

/** The parts of an event that the message's fields do not state. */
export interface Origin {
  account: Pick<Account, 'provider' | 'account'>
  witness: TransactionEvent['witness']
  receivedAt: string
  /** Used where the message names no currency. */
  currency?: string | null
  /** When the merchant made the call and heard of it. */
  asked?: Pick<TransactionEvent, 'requestedAt' | 'answeredAt'>
}

/** Codes have three digits. A longer text is cut, because it becomes the label of a metric. */
const CODE_MAX = 32

/** One transaction's fields, in the notifications' names, as an event. Throws `UnreadablePayload`. */
export function eventOf(fields: Fields, origin: Origin): TransactionEvent {
  const code = wordAt(fields, 'status')?.slice(0, CODE_MAX) ?? null
  if (code === null) throw new UnreadablePayload('the status is missing')
  const { type, operation, refinement, statesAuthorization } = meaningOf(code)
  const { operationAmount, ...amounts } = readAmounts(fields, origin.currency)
  const reason = reasonOf(fields)
  return {
    ...blankEvent({ ...origin.account, witness: origin.witness, receivedAt: origin.receivedAt }),
    type,
    operation,
    refinement,
    statesAuthorization,
    otherPayment: namesOtherPayment(reason?.code ?? null),
    ...identifiersOf(fields),
    amount: operation === 'authorization' ? amounts.authorizedTotal : operationAmount,
    ...amounts,
    providerCode: code,
    providerState: wordAt(fields, 'state'),
    providerMessage: redactedAt(fields, 'message'),
    reason,
    occurredAt: parseTimestamp(wordAt(fields, 'date_updated')),
    createdAt: parseTimestamp(wordAt(fields, 'date_created')),
    operationAt: parseTimestamp(wordAt(fields, 'operation', 'date')),
    ...origin.asked,
    test: flagOf(wordAt(fields, 'test')),
    merchantId: merchantIdOf(fields),
    ...peopleAndMeansOf(fields),
    ...detailsOf(fields),
    ...readRemainder(fields),
  }
}

/** Verbatim: receipt has replaced those that may not be shown, and those that are too long. */
function identifiersOf(
  fields: Fields,
): Pick<
  TransactionEvent,
  'reference' | 'parentReference' | 'orderId' | 'operationId' | 'operationReference'
> {
  const reference = wordAt(fields, 'transaction_reference')
  if (reference === null) throw new UnreadablePayload('the transaction reference is missing')
  return {
    reference,
    parentReference: null,
    orderId: textAt(fields, 'order', 'id'),
    operationId: textAt(fields, 'operation', 'id'),
    operationReference: wordAt(fields, 'operation', 'reference'),
  }
}

/** `true` and `false` in notifications, 1 and 0 or booleans elsewhere; any other word states nothing. */
export function flagOf(word: string | null): boolean | null {
  if (word === null) return null
  if (/^(?:true|1)$/i.test(word)) return true
  return /^(?:false|0)$/i.test(word) ? false : null
}

export function merchantIdOf(fields: Fields): string | null {
  const mid = wordAt(fields, 'mid')
  return mid === null ? null : padMerchantId(mid)
}

/** Why something was declined; null where HiPay left `reason` empty or out. */
function reasonOf(fields: Fields): Reason | null {
  const code = wordAt(fields, 'reason', 'code')
  const message = redactedAt(fields, 'reason', 'message') ?? redactedAt(fields, 'reason')
  return code === null && message === null ? null : { code, message, ...adviceOn(code) }
}

function peopleAndMeansOf(
  fields: Fields,
): Pick<TransactionEvent, 'paymentMethod' | 'threeDSecure' | 'fraud' | 'customer'> {
  return {
    paymentMethod: unlessEmpty(paymentMethodOf(fields)),
    threeDSecure: unlessEmpty(threeDSecureOf(fields)),
    fraud: unlessEmpty(fraudOf(fields)),
    customer: unlessEmpty(customerOf(fields)),
  }
}

function paymentMethodOf(fields: Fields): PaymentMethod {
  const method = (name: string): string | null => redactedAt(fields, 'payment_method', name)
  return {
    product: redactedAt(fields, 'payment_product'),
    brand: method('brand'),
    maskedPan: readMaskedPan(wordAt(fields, 'payment_method', 'pan')),
    expiryMonth: method('card_expiry_month'),
    expiryYear: method('card_expiry_year'),
    issuer: method('issuer'),
    country: method('country'),
    cardHolder: personalAt(fields, 'payment_method', 'card_holder'),
  }
}

function threeDSecureOf(fields: Fields): ThreeDSecure {
  const secure = (name: string): string | null => redactedAt(fields, 'three_d_secure', name)
  return {
    eci: secure('eci'),
    enrolled: secure('enrollment_status'),
    authenticationStatus: secure('authentication_status'),
    authenticationMessage: secure('authentication_message'),
    version: secure('version'),
    liabilityShift: secure('liability_shift'),
  }
}

/** Notifications write the result in lower case, the JSON API in capitals: compared without case, kept in lower. */
function fraudOf(fields: Fields): Fraud {
  const scoring = wordAt(fields, 'fraud_screening', 'scoring')
  return {
    score: scoring !== null && /^-?\d{1,9}$/.test(scoring) ? Number(scoring) : null,
    result: wordAt(fields, 'fraud_screening', 'result')?.toLowerCase() ?? null,
    review: wordAt(fields, 'fraud_screening', 'review')?.toLowerCase() ?? null,
  }
}

function customerOf(fields: Fields): Customer {
  return {
    id: textAt(fields, 'order', 'customer_id'),
    ipCountry: wordAt(fields, 'ip_country'),
    language: wordAt(fields, 'order', 'language'),
    emailHash: null,
    email: personalAt(fields, 'order', 'email'),
    ipAddress: personalAt(fields, 'ip_address'),
    deviceId: personalAt(fields, 'device_id'),
  }
}
