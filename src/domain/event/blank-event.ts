import { ATTRIBUTE_FIELDS, EVENT_FIELDS } from './transaction-event.ts'
import type { Attributes, TransactionEvent } from './transaction-event.ts'

/** The witness, the account that it speaks about and the time of receipt. */
export type EventSource = Pick<TransactionEvent, 'provider' | 'account' | 'witness' | 'receivedAt'>

const BLANK = Object.fromEntries(
  Object.entries(EVENT_FIELDS).map(([name, { blank }]) => [name, Object.freeze(blank)]),
) as unknown as TransactionEvent

/** An event that states nothing but its source; an adapter adds what its message states. */
export const blankEvent = ({ provider, account, witness, receivedAt }: EventSource): TransactionEvent => ({
  ...BLANK,
  provider,
  account,
  witness,
  receivedAt,
})

/** The attributes of a payment whose messages state money and state only. */
export const NO_ATTRIBUTES = Object.fromEntries(
  ATTRIBUTE_FIELDS.map((name) => [name, BLANK[name]]),
) as unknown as Attributes
