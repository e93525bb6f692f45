import type { TransactionEvent } from '../../domain/event/transaction-event.ts'
import { storable } from '../../lib/byte-text.ts'
import { parseExactJson } from '../../lib/exact-json.ts'
import { EVENTS_MAX, timesOf } from '../provider.ts'
import type { Account } from '../account.ts'
import type { ResponseEnvelope, StoredResponse, Translation } from '../provider.ts'
import type { Source } from './event.ts'
import {
  amountOf,
  blankEvent,
  descriptionOf,
  isLaterOperation,
  isScheduleStop,
  operationOf,
  statementOf,
} from './event.ts'
import type { Fields } from './fields.ts'
import { fieldsOfObject } from './fields.ts'
import { inquiryEvents, isInquiryAnswer } from './lookup.ts'

/** The HTTP status of every answer of the platform, success or refusal. */
const ANSWERED = 200

/** Turn the answer that the merchant forwarded, or its absence, into events. */
export function translateResponse(message: StoredResponse, account: Account): Translation {
  const { envelope, receivedAt } = message
  const source: Source = { account, witness: 'response', receivedAt }
  const absence = absenceOf(envelope)
  if (absence !== null) return transaction([unknownOutcome(envelope, source, absence)])
  const answer = parseAnswer(message.content)
  // An unreadable answer leaves the outcome unknown, as no answer does. To call it not processed could charge twice.
  if (answer === null) return transaction([unknownOutcome(envelope, source, 'unreadable answer')])
  if (isInquiryAnswer(answer)) {
    const events = inquiryEvents(answer, source)
    if (events === null)
      return { readable: false, detail: `the report has more than ${EVENTS_MAX} rows and links` }
    return { readable: true, family: events.length > 0 ? 'transaction' : 'inquiry', events }
  }
  return transaction([answerEvent(fieldsOfObject(answer), envelope, source)])
}

function transaction(events: TransactionEvent[]): Translation {
  return { readable: true, family: 'transaction', events }
}

/** Why there is no answer; null when there is one. */
function absenceOf({ error, httpStatus = ANSWERED }: ResponseEnvelope): string | null {
  return error ?? (httpStatus === ANSWERED ? null : `http ${httpStatus}`)
}

/** The JSON object of an answer, numbers kept as they were written; null when it is anything else. */
function parseAnswer(content: Buffer): object | null {
  try {
    const answer = parseExactJson(content.toString('utf8').replace(/^\ufeff/, ''))
    return answer !== null && typeof answer === 'object' && !Array.isArray(answer) ? answer : null
  } catch {
    return null
  }
}

/** The event of a call whose outcome its answer does not tell. Until the outcome is known the order is not safe to retry. */
function unknownOutcome(envelope: ResponseEnvelope, source: Source, why: string): TransactionEvent {
  return {
    ...blankEvent(source),
    type: isScheduleStop(envelope.operation ?? null) ? 'noted' : 'failed',
    providerState: why,
    reason: { code: null, message: null, category: 'technical', retry: 'never' },
    ...requestOf(envelope, envelope.operation ?? null, null),
    ...timesOf(envelope),
    amount: envelope.amount ?? null,
    currency: envelope.currency ?? null,
  }
}

/** The answer names at most the new transaction. What was asked for is in the merchant's envelope. */
function answerEvent(fields: Fields, envelope: ResponseEnvelope, source: Source): TransactionEvent {
  const operationType = fields.take('OPERATIONTYPE') ?? envelope.operation ?? null
  const code = fields.take('EXECCODE')
  const reference = fields.takeId('TRANSACTIONID')
  const stated = amountOf(fields, 'AMOUNT')
  const description = descriptionOf(fields)
  const event: TransactionEvent = {
    ...blankEvent(source),
    ...statementOf(code, operationType),
    reference,
    ...requestOf(envelope, operationType, reference),
    ...timesOf(envelope),
    ...stated,
    ...description,
    currency: description.currency ?? envelope.currency ?? null,
  }
  const orderId = fields.takeId('ORDERID') ?? event.orderId
  const asked = stated.invalidAmounts.length > 0 ? null : (envelope.amount ?? null)
  // Without a code the outcome is unknown, exactly as if no answer had come.
  const type = code === null && event.type === 'unrecognized' ? 'failed' : event.type
  return { ...event, type, orderId, amount: stated.amount ?? asked, extra: fields.rest() }
}

/** Fields from the merchant's envelope. Only an operation on an earlier transaction has a parent. */
function requestOf(envelope: ResponseEnvelope, operationType: string | null, reference: string | null) {
  const operation = operationOf(operationType)
  const parent = isLaterOperation(operation) ? (envelope.parentReference ?? null) : null
  return {
    operation,
    orderId: storableOrNull(envelope.orderId),
    operationId: storableOrNull(envelope.operationId),
    parentReference: parent === null || parent === reference ? null : storable(parent),
  }
}

function storableOrNull(text: string | undefined): string | null {
  return text === undefined ? null : storable(text)
}
