import type { TransactionEvent } from '../../src/domain/event/transaction-event.ts'

const time = (text: string): string => new Date(text).toISOString()

/** Minor units of the order's currency. */
const money = (
  text: string,
  { 'order[currency]': currency = '' }: Readonly<Record<string, string>>,
): number => {
  const { maximumFractionDigits } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions()
  return Math.round(Number(text) * 10 ** maximumFractionDigits!)
}

/**
 * `expected.json` lists what a HiPay message says beside state, money and means under `extra`, by its wire names. Which of
 * them the event keeps under names of its own stands here once, each with a reading that shares nothing with the adapter's.
 */
const NAMED: Readonly<Record<string, Named>> = {
  authorization_code: { name: 'authorizationCode' },
  acquirer_transaction_reference: { name: 'acquirerReference' },
  attempt_id: { name: 'attempt' },
  date_authorized: { name: 'authorizedAt', read: time },
  eci: { name: 'eci' },
  avs_result: { name: 'avsResult' },
  'order[amount]': { name: 'order.amount', read: money },
  'order[shipping]': { name: 'order.shipping', read: money },
  'order[tax]': { name: 'order.tax', read: money },
  'order[currency]': { name: 'order.currency' },
  'order[attempts]': { name: 'order.attempts', read: Number },
  'order[date_created]': { name: 'order.createdAt', read: time },
  'operation[type]': { name: 'operationType' },
  'operation[currency]': { name: 'operationCurrency' },
}

interface Named {
  /** Of the event; `order.tax` is a part of `order`. */
  name: string
  read?: (text: string, extra: Readonly<Record<string, string>>) => unknown
}

/** An expected event with those fields under their names. */
export function namedEvent(event: Partial<TransactionEvent>): Partial<TransactionEvent> {
  const { extra = {} } = event
  const rest = Object.entries(extra).filter(([wire]) => !Object.hasOwn(NAMED, wire))
  const homes: Record<string, unknown> = {}
  for (const [wire, { name, read = String }] of Object.entries(NAMED)) {
    const text = extra[wire]
    if (text === undefined) continue
    const [home, part] = name.split('.') as [string, string?]
    const value = read(text, extra)
    homes[home] = part === undefined ? value : { ...(homes[home] ?? nothingOf(home)), [part]: value }
  }
  return { ...event, ...withParts(event), ...homes, ...(event.extra && { extra: Object.fromEntries(rest) }) }
}

/** Every part of a home, unstated. */
function nothingOf(home: string): Record<string, null> {
  const parts = Object.values(NAMED).flatMap(({ name }) =>
    name.startsWith(`${home}.`) ? [name.slice(home.length + 1)] : [],
  )
  return Object.fromEntries(parts.map((part) => [part, null]))
}

/** No expectation repeats what a person is called: `withoutPersonalData` leaves these parts unstated. */
function withParts({ customer, paymentMethod }: Partial<TransactionEvent>): Partial<TransactionEvent> {
  const unstated = { emailHash: null, email: null, ipAddress: null, deviceId: null }
  return {
    ...(customer && { customer: { ...customer, ...unstated } }),
    ...(paymentMethod && { paymentMethod: { ...paymentMethod, cardHolder: null } }),
  }
}
