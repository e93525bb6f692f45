import { ATTRIBUTE_FIELDS, EVENT_FIELDS } from './transaction-event.ts'
import type { Attributes, TransactionEvent } from './transaction-event.ts'

/** Who said it, about whose account, and when we heard it. */
export type EventSource = Pick<TransactionEvent, 'provider' | 'account' | 'witness' | 'receivedAt'>

const BLANK = Object.fromEntries(
  Object.entries(EVENT_FIELDS).map(([name, { blank }]) => [name, Object.freeze(blank)]),
) as unknown as TransactionEvent

/** An event that states nothing but its source: an adapter fills in what its message says. */
export const blankEvent = ({ provider, account, witness, receivedAt }: EventSource): TransactionEvent => ({
  ...BLANK,
  provider,
  account,
  witness,
  receivedAt,
})

/** Of a payment of which nothing but money and state is told. */
export const NO_ATTRIBUTES = Object.fromEntries(
  ATTRIBUTE_FIELDS.map((name) => [name, BLANK[name]]),
) as unknown as Attributes
