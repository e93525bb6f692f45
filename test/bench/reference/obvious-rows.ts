import { ATTRIBUTE_FIELDS, type Attributes } from '../../../src/domain/event/transaction-event.ts'
import { v7 as uuidv7 } from 'uuid'
import type {
  InboxMessageCreateInput,
  OrderCreateInput,
  TransactionCreateInput,
  TransactionEventCreateInput,
} from '../../../src/db/generated/models.ts'
import type { TransactionEvent } from '../../../src/domain/event/transaction-event.ts'
import type { Order } from '../../../src/domain/orders/order-answers.ts'
import type { Transaction } from '../../../src/domain/reconciliation/transaction.ts'
import { toNewEvent } from '../../../src/inbox/reconcile/event-key.ts'
import { sha256 } from '../../../src/lib/crypto.ts'
import type { Account } from '../../../src/providers/account.ts'
import type { VerifiedNotification } from '../../../src/providers/provider.ts'

/** The product's rows, as Prisma takes them. */

/** A message that was verified, and what it is known by. */
export interface Received {
  id: string
  account: Account
  verified: VerifiedNotification
  now: Date
}

export const messageRow = ({ id, account, verified, now }: Received): InboxMessageCreateInput => ({
  id,
  provider: account.provider,
  account: account.account,
  witness: 'notification',
  content: new Uint8Array(verified.content),
  contentDigest: new Uint8Array(sha256(verified.content)),
  secretId: verified.secretId,
  receivedAt: now,
})

export function eventRow(fact: TransactionEvent, inboxId: string): TransactionEventCreateInput {
  const event = { ...fact, id: uuidv7(), inboxId }
  return {
    id: event.id,
    inboxId,
    eventKey: new Uint8Array(Buffer.from(toNewEvent(event).eventKey, 'hex')),
    provider: fact.provider,
    account: fact.account,
    reference: fact.reference,
    parentReference: fact.parentReference,
    orderId: fact.orderId,
    witness: fact.witness,
    type: fact.type,
    fact: JSON.parse(toNewEvent(event).fact) as object,
    occurredAt: fact.occurredAt,
    receivedAt: fact.receivedAt,
  }
}

export function transactionRow(transaction: Transaction, now: Date): TransactionCreateInput {
  const { discrepancies: _open, operations, ...rest } = transaction
  const isAttribute = (name: string): boolean => (ATTRIBUTE_FIELDS as readonly string[]).includes(name)
  const entries = Object.entries(rest)
  const columns = Object.fromEntries(entries.filter(([name]) => !isAttribute(name)))
  return {
    ...(columns as Omit<typeof rest, keyof Attributes>),
    linked: operations.some(({ operation }) => operation === 'authorization' || operation === 'sale'),
    operations: asJson(operations),
    details: asJson(Object.fromEntries(entries.filter(([name]) => isAttribute(name)))),
    updatedAt: now,
    version: 1,
  }
}

export const orderRow = (order: Order, now: Date): OrderCreateInput => ({
  provider: order.provider,
  account: order.account,
  orderId: order.orderId,
  transactions: order.transactions.length,
  currency: order.currency,
  capturedTotal: order.paidTotal,
  refundedTotal: order.refundedTotal,
  chargedBackTotal: order.chargedBackTotal,
  netTotal: order.netTotal,
  announcedTotal: order.announcedTotal,
  paid: order.paid,
  paidReason: order.paidReason,
  safeToRetry: order.safeToRetry,
  reason: order.reason,
  firstSeenAt: order.firstSeenAt,
  updatedAt: now,
  version: 1,
})

const asJson = (value: object): object => JSON.parse(JSON.stringify(value)) as object
