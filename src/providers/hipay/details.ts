import type { TransactionEvent } from '../../domain/transaction-event.ts'
import type { Fields } from './fields.ts'

/** What a message says beside state, money and means. Nothing decides on it; the event keeps it for people. */
export function detailsOf(_fields: Fields): Partial<TransactionEvent> {
  return {}
}
