import { fallbackKey } from '../../domain/identity/references.ts'
import type { NewEvent } from '../../inbox/reconcile/stores.ts'
import type { LastStatement } from '../pool.ts'
import { columns, jsonColumn } from '../unnest-parameters.ts'
import { APPEND_EVENTS } from './append-events.sql.ts'

export const appendingStatement = (events: readonly NewEvent[]): LastStatement[] =>
  events.length === 0
    ? []
    : [{ name: 'append_events', text: APPEND_EVENTS, values: appendParameters(events) }]

function appendParameters(events: readonly NewEvent[]): unknown[] {
  return [
    Buffer.from(events.map(({ eventKey }) => eventKey).join(''), 'hex'),
    ...columns(
      events.map(({ event }) => event),
      (event) => event.id,
      (event) => event.inboxId,
      (event) => event.provider,
      (event) => event.account,
      (event) => event.reference,
      fallbackKey,
      (event) => event.orderId,
      (event) => event.witness,
      (event) => event.type,
      (event) => event.occurredAt,
      (event) => event.receivedAt,
    ),
    jsonColumn(events.map(({ fact }) => fact)),
  ]
}
