import type { OrderDetails, TransactionEvent } from '../../domain/event/transaction-event.ts'
import type { Fields } from './fields.ts'
import { scaleOf } from './amounts.ts'
import { parseTimestamp } from './timestamp.ts'
import { redactedAt } from './privacy.ts'
import { unlessEmpty, wordAt } from './fields.ts'

/** Descriptive fields of a message, for people. No rule reads them. */
export function detailsOf(fields: Fields): Partial<TransactionEvent> {
  return {
    authorizationCode: redactedAt(fields, 'authorization_code'),
    acquirerReference: redactedAt(fields, 'acquirer_transaction_reference'),
    attempt: redactedAt(fields, 'attempt_id'),
    authorizedAt: parseTimestamp(wordAt(fields, 'date_authorized')),
    eci: redactedAt(fields, 'eci'),
    avsResult: redactedAt(fields, 'avs_result'),
    cvcResult: cvcResultOf(fields),
    order: unlessEmpty(orderOf(fields)),
    operationType: redactedAt(fields, 'operation', 'type'),
    operationCurrency: wordAt(fields, 'operation', 'currency')?.toUpperCase() ?? null,
  }
}

function orderOf(fields: Fields): OrderDetails {
  const word = (name: string): string | null => wordAt(fields, 'order', name)
  const currency = word('currency')?.toUpperCase() ?? null
  const parse = scaleOf(currency ?? wordAt(fields, 'currency')?.toUpperCase() ?? null, word('decimals'))
  const money = (name: string): number | null => parse(word(name) ?? '')
  return {
    amount: money('amount'),
    shipping: money('shipping'),
    tax: money('tax'),
    currency,
    createdAt: parseTimestamp(word('date_created')),
    attempts: countOf(word('attempts')),
  }
}

function countOf(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null
}

/** A result with three digits in a row may be the security code itself: it is not kept. */
function cvcResultOf(fields: Fields): string | null {
  const result = redactedAt(fields, 'cvc_result')
  return result === null || /\d{3}/.test(result) ? null : result
}
