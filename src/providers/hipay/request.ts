import type { EventType, TransactionEvent } from '../../domain/transaction-event.ts'
import type { ResponseEnvelope } from '../provider.ts'
import { operationOf } from './codes.ts'
import type { Origin } from './facts.ts'
import { flagOf, merchantIdOf, redactedAt } from './facts.ts'
import type { Fields } from './fields.ts'
import { fieldsAt, wordAt } from './fields.ts'
import { readRemainder } from './privacy.ts'
import { adviceOn } from './reasons.ts'

/** A call whose transaction is not known: what became of it, and what its answer said. */
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
    const refused = httpStatus >= 400 && httpStatus < 500
    return { type: refused ? 'not_processed' : 'failed', fields: readOrNothing(read) }
  }
  const fields = errorFieldsOf(read())
  const code = wordAt(fields, 'code')
  if (code === null || fields.has('status') || fields.has('transaction')) return null
  return { type: refusedBeforeProcessing(code) ? 'not_processed' : 'failed', fields }
}

/** A gateway's or proxy's error page is no answer of HiPay's: the HTTP status alone speaks. */
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
  return /^[13]\d{6}$/.test(code) && code !== '1000008'
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
    provider: origin.account.provider,
    account: origin.account.account,
    witness: 'response',
    type,
    reference: null,
    parentReference: envelope.parentReference ?? null,
    orderId: envelope.orderId ?? null,
    operationId: envelope.operationId ?? null,
    operationReference: null,
    operation: operationAskedFor(envelope),
    statesAuthorization: false,
    channel: null,
    amount: envelope.amount ?? null,
    authorizedTotal: null,
    capturedTotal: null,
    refundedTotal: null,
    currency: envelope.currency ?? null,
    invalidAmounts: [],
    providerCode: code,
    providerState: null,
    providerMessage: message,
    reason: code === null ? null : { code, message, ...adviceOn(code) },
    occurredAt: null,
    receivedAt: origin.receivedAt,
    test: flagOf(wordAt(fields, 'test')),
    merchantId: merchantIdOf(fields),
    paymentMethod: null,
    threeDSecure: null,
    fraud: null,
    customer: null,
    schedule: null,
    chargeback: null,
    ...readRemainder(withoutError(fields)),
  }
}

/** A call that acts on no transaction and names no operation asks for a payment. */
function operationAskedFor({ operation, parentReference }: ResponseEnvelope): TransactionEvent['operation'] {
  if (operation === undefined && parentReference === undefined) return 'authorization'
  return operationOf(operation)
}

/** Code and message have their homes; of an order only what names nobody may stay, which `readRemainder` sees to. */
function withoutError(fields: Fields): Fields {
  return new Map([...fields].filter(([name]) => name !== 'code'))
}
