import type { TransactionEvent } from '../../domain/event/transaction-event.ts'
import type { EventType } from '../../domain/event/vocabulary.ts'
import { blankEvent } from '../../domain/event/blank-event.ts'
import type { ResponseEnvelope } from '../provider.ts'
import { operationOf } from './codes.ts'
import { detailsOf } from './details.ts'
import type { Origin } from './facts.ts'
import { flagOf, merchantIdOf } from './facts.ts'
import type { Fields } from './fields.ts'
import { fieldsAt, wordAt } from './fields.ts'
import { readRemainder, redactedAt } from './privacy.ts'
import { adviceOn, namesOtherPayment } from './reasons.ts'

/** The outcome of a call whose transaction is not known, and what its answer states. */
export interface RequestOutcome {
  type: EventType
  fields: Fields
}

const NOTHING: Fields = new Map()

/**
 * Whether the call failed, and how: `not_processed` is certain that nothing happened, `failed` leaves it open.
 * Null for an answer about a transaction or a page.
 */
export function failureOf(envelope: ResponseEnvelope, read: () => Fields): RequestOutcome | null {
  const { error, httpStatus } = envelope
  if (error !== undefined) return { type: 'failed', fields: NOTHING }
  if (httpStatus !== undefined && httpStatus >= 300) {
    const fields = readOrNothing(read)
    return { type: refusesByStatus(httpStatus, fields) ? 'not_processed' : 'failed', fields }
  }
  const fields = errorFieldsOf(read())
  const code = wordAt(fields, 'code')
  if (code === null || fields.has('status') || fields.has('transaction')) return null
  return { type: refusedBeforeProcessing(code) ? 'not_processed' : 'failed', fields }
}

/**
 * A 4xx is HiPay's own refusal only where its body carries one of HiPay's own codes: a proxy or a gateway on the way answers
 * 4xx too (408, 429, 499, a login page), and proves nothing about what HiPay did with the call.
 */
function refusesByStatus(httpStatus: number, fields: Fields): boolean {
  const code = wordAt(fields, 'code') ?? ''
  return httpStatus >= 400 && httpStatus < 500 && /^[134]\d{6}$/.test(code) && code !== UNAVAILABLE
}

/** "Temporarily unavailable": the outcome of the call stays unknown. */
const UNAVAILABLE = '1000008'

/** A gateway's or proxy's error page is no answer of HiPay's, and states nothing. */
function readOrNothing(read: () => Fields): Fields {
  try {
    return errorFieldsOf(read())
  } catch {
    return NOTHING
  }
}

/** Some error bodies wrap code and message once more. */
function errorFieldsOf(fields: Fields): Fields {
  return fields.has('code') ? fields : fields.has('error') ? fieldsAt(fields, 'error') : fields
}

/**
 * Without the HTTP status the code decides: configuration, validation, checkout, order and maintenance errors (1…, 3…)
 * precede processing. 1000008, "temporarily unavailable", and the acquirer's own codes leave the outcome open.
 */
function refusedBeforeProcessing(code: string): boolean {
  return /^[13]\d{6}$/.test(code) && code !== UNAVAILABLE
}

/** The event of a call whose answer names no transaction: everything that joins it comes from the envelope. */
export function requestEvent(
  { type, fields }: RequestOutcome,
  envelope: ResponseEnvelope,
  origin: Origin,
): TransactionEvent {
  const code = wordAt(fields, 'code')
  const message = redactedAt(fields, 'message')
  return {
    ...blankEvent({ ...origin.account, witness: 'response', receivedAt: origin.receivedAt }),
    type,
    parentReference: envelope.parentReference ?? null,
    orderId: envelope.orderId ?? null,
    operationId: envelope.operationId ?? null,
    operation: operationAskedFor(envelope),
    otherPayment: namesOtherPayment(code),
    amount: envelope.amount ?? null,
    currency: envelope.currency ?? null,
    providerCode: code,
    providerMessage: message,
    reason: code === null ? null : { code, message, ...adviceOn(code) },
    ...origin.asked,
    test: flagOf(wordAt(fields, 'test')),
    merchantId: merchantIdOf(fields),
    ...detailsOf(fields),
    ...readRemainder(withoutError(fields)),
  }
}

/** A call that acts on no transaction and names no operation asks for a payment. */
function operationAskedFor({ operation, parentReference }: ResponseEnvelope): TransactionEvent['operation'] {
  if (operation === undefined && parentReference === undefined) return 'authorization'
  return operationOf(operation)
}

/** Code and message have fields of the event. `readRemainder` keeps of an order only fields without personal data. */
function withoutError(fields: Fields): Fields {
  return new Map([...fields].filter(([name]) => name !== 'code'))
}
