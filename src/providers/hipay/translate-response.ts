import type { TransactionEvent } from '../../domain/event/transaction-event.ts'
import { EVENTS_MAX, timesOf } from '../provider.ts'
import type { Account } from '../account.ts'
import type { ResponseEnvelope, StoredResponse, Translation } from '../provider.ts'
import { meaningOf, operationOf } from './codes.ts'
import { eventOf } from './facts.ts'
import type { Origin } from './facts.ts'
import { textAt, wordAt } from './fields.ts'
import type { Fields } from './fields.ts'
import { inquiredTransactions } from './lookup.ts'
import { readPayload } from './payload.ts'
import { failureOf, requestEvent } from './request.ts'
import { readableOrNot, refuseRepetition } from './translate.ts'
import { UnreadablePayload } from './unreadable.ts'

/**
 * Turn the answer that the merchant received into events. JSON and XML answers read alike; an answer that never came,
 * an error, and a page still to be visited become requests without a reference.
 */
export function translateAnswer(message: StoredResponse, account: Account): Translation {
  return readableOrNot(() => {
    const { envelope } = message
    const origin: Origin = {
      account,
      witness: 'response',
      receivedAt: message.receivedAt.toISOString(),
      currency: envelope.currency ?? null,
      asked: timesOf(envelope),
    }
    const read = (): Fields => answerFields(message.content)
    const failure = failureOf(envelope, read)
    const events = failure ? [requestEvent(failure, envelope, origin)] : eventsOf(read(), envelope, origin)
    return { readable: true, family: 'transaction', events }
  })
}

function answerFields(content: Buffer): Fields {
  const payload = readPayload(content)
  refuseRepetition(payload)
  return payload.fields
}

function eventsOf(fields: Fields, envelope: ResponseEnvelope, origin: Origin): TransactionEvent[] {
  if (wordAt(fields, 'transaction_reference') !== null) {
    return [
      isMaintenance(fields, envelope)
        ? maintained(fields, envelope, origin)
        : ordered(fields, envelope, origin),
    ]
  }
  if (wordAt(fields, 'forward_url') !== null) return [hosted(fields, envelope, origin)]
  const inquired = inquiredTransactions(fields)
  if (inquired === null) throw new UnreadablePayload('the answer names no transaction')
  if (inquired.length > EVENTS_MAX)
    throw new UnreadablePayload(`the answer has more than ${EVENTS_MAX} transactions`)
  // A look-up is the merchant's word: it answers no call, and it is no notification.
  return inquired.map((transaction) => ({ ...eventOf(transaction, origin), lookup: true }))
}

/** Only a maintenance answer has `operation` as a word; an object of that name belongs to notifications. */
function isMaintenance(fields: Fields, envelope: ResponseEnvelope): boolean {
  return wordAt(fields, 'operation') !== null || envelope.parentReference !== undefined
}

function ordered(fields: Fields, envelope: ResponseEnvelope, origin: Origin): TransactionEvent {
  const event = eventOf(fields, origin)
  return {
    ...event,
    orderId: event.orderId ?? envelope.orderId ?? null,
    operationId: event.operationId ?? envelope.operationId ?? null,
    channel: 'direct',
  }
}

/** A maintenance answer names neither the order nor its own amount, and does not tell whether the authorization was granted. */
function maintained(fields: Fields, envelope: ResponseEnvelope, origin: Origin): TransactionEvent {
  const event = eventOf(fields, origin)
  const word = wordAt(fields, 'operation') ?? envelope.operation
  return {
    ...event,
    orderId: event.orderId ?? envelope.orderId ?? null,
    operationId: event.operationId ?? envelope.operationId ?? null,
    operation: operationOf(word) ?? meaningOf(event.providerCode ?? '').operation,
    statesAuthorization: false,
    amount: envelope.amount ?? null,
  }
}

/** A payment page was made; which transaction comes of it only the first notification tells. */
function hosted(fields: Fields, envelope: ResponseEnvelope, origin: Origin): TransactionEvent {
  const request = requestEvent({ type: 'action_required', fields }, envelope, origin)
  return {
    ...request,
    orderId: textAt(fields, 'order', 'id') ?? request.orderId,
    operation: 'authorization',
    channel: 'hosted',
  }
}
