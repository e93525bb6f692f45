import { reconcile, type Reconciled } from '../../../src/domain/reconcile.ts'
import type { Expectation, StoredEvent } from '../../../src/domain/event/evidence.ts'
import { toNewEvent } from '../../../src/inbox/reconcile/event-key.ts'
import { providerOf } from '../../../src/providers/registry.ts'
import type { ResponseEnvelope, Translation } from '../../../src/providers/provider.ts'
import { accountOf } from './accounts.ts'

/** What the kept messages come to without a database, without batches and without faults: each translated, then judged at once. */

/** A row of the inbox. */
export interface KeptMessage {
  id: string
  provider: string
  kind: 'notification' | 'response'
  content: Buffer
  envelope: ResponseEnvelope | null
  receivedAt: Date
}

/** A row of the announcements. */
export interface KeptAnnouncement extends Omit<Expectation, 'createdAt' | 'saidAt' | 'requestedAt'> {
  receivedAt: Date
  saidAt: Date
  requestedAt: Date | null
}

/** What is kept of one run; those of different runs have nothing to say to each other. */
export interface History {
  messages: readonly KeptMessage[]
  announcements: readonly KeptAnnouncement[]
}

/** Columns of the projection, by what identifies a row. */
export type Projection = Map<string, string>

export interface Expected {
  eventKeys: Set<string>
  transactions: Projection
  open: Projection
}

export function expectedOf(histories: readonly History[], now: Date): Expected {
  const expected: Expected = { eventKeys: new Set(), transactions: new Map(), open: new Map() }
  for (const history of histories) {
    for (const provider of ['hipay', 'be2bill']) {
      const events = history.messages.filter((message) => message.provider === provider).flatMap(translate)
      for (const event of events) expected.eventKeys.add(toNewEvent(event).eventKey)
      const expectations = history.announcements
        .filter((announcement) => announcement.provider === provider)
        .map(toExpectation)
      const { policy } = accountOf(provider)
      collect(expected, provider, reconcile({ events, expectations, resolutions: [], policy, now }))
    }
  }
  return expected
}

const toExpectation = ({ receivedAt, saidAt, requestedAt, ...told }: KeptAnnouncement): Expectation => ({
  ...told,
  createdAt: receivedAt.toISOString(),
  saidAt: saidAt.toISOString(),
  requestedAt: requestedAt?.toISOString() ?? null,
})

function translate({ id, provider, kind, content, envelope, receivedAt }: KeptMessage): StoredEvent[] {
  const adapter = providerOf(provider)!
  const account = accountOf(provider)
  const translation: Translation =
    kind === 'response'
      ? adapter.translateResponse({ envelope: envelope ?? {}, content, receivedAt }, account)
      : adapter.translate({ content, receivedAt }, account)
  if (!translation.readable) throw new Error(translation.detail)
  return translation.events.map((event) => ({ ...event, id, inboxId: id }))
}

function collect(expected: Expected, provider: string, reconciled: Reconciled): void {
  const { transactions, orders, orphanDiscrepancies } = reconciled
  for (const transaction of transactions) {
    expected.transactions.set(`${provider} ${transaction.reference}`, transactionText(transaction))
  }
  const open = [...transactions, ...orders].flatMap(({ discrepancies }) => discrepancies)
  for (const discrepancy of [...open, ...orphanDiscrepancies]) {
    expected.open.set(`${provider} ${discrepancy.key}`, discrepancyText(discrepancy))
  }
}

/** What is compared of a transaction, as `TRANSACTIONS` selects it. */
export const TRANSACTION_FIELDS = [
  'reference',
  'absorbed',
  'orderId',
  'status',
  'reconciliation',
  'overdue',
  'final',
  'test',
  'merchantId',
  'currency',
  'authorizedTotal',
  'capturedTotal',
  'refundedTotal',
  'chargedBackTotal',
  'operations',
] as const

export const DISCREPANCY_FIELDS = [
  'key',
  'class',
  'field',
  'reference',
  'orderId',
  'response',
  'notification',
  'amountAtRisk',
  'currency',
] as const

/** Of two equal statements either may be the one that is kept: which, and when it came, is no part of the state. */
const OF_ARRIVAL = new Set(['inboxId', 'at'])

const textOf =
  (fields: readonly string[]) =>
  (row: object): string =>
    JSON.stringify(
      fields.map((field) => (row as Record<string, unknown>)[field]),
      (name, member: unknown) => (OF_ARRIVAL.has(name) ? undefined : sorted(member)),
    )

/** jsonb has an order of its own for keys. */
const sorted = (member: unknown): unknown =>
  typeof member === 'object' && member !== null && !Array.isArray(member)
    ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
    : member

export const transactionText = textOf(TRANSACTION_FIELDS)
export const discrepancyText = textOf(DISCREPANCY_FIELDS)
