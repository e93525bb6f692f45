import { compareFacts } from '../domain/event/canonical-order.ts'
import { reconcile } from '../domain/reconcile.ts'
import type { Order, ReasonSource } from '../domain/orders/order-answers.ts'
import type { StoredEvent } from '../domain/event/evidence.ts'
import { AppError } from '../lib/errors.ts'
import { topicOf } from '../lib/wake-up.ts'
import type { Account } from '../providers/account.ts'
import type { DiscrepancyRecord } from '../domain/records.ts'
import type { Services } from '../services.ts'
import type { Page, TransactionFilter, TransactionRecord, QueryStore } from './stores.ts'
import { asStored } from './as-stored.ts'
import { firstFound } from './first-found.ts'
import { createWaiting, type Waiting } from './waiting.ts'

/** The read side. Transactions are read as saved; an order's answer is computed at the moment it is asked for. */
export interface Queries {
  transactions(search: TransactionSearch, page: PageRequest): Promise<Page<TransactionRecord>>
  /** Throws `unknown_account` or `unknown_transaction`; an absorbed reference answers its root. */
  transaction(provider: string, account: string, reference: string, hold?: Hold): Promise<TransactionRecord>
  /** Current normalized events in canonical order. */
  events(provider: string, account: string, reference: string): Promise<StoredEvent[]>
  /** Throws `unknown_account` or `unknown_order`. */
  order(provider: string, account: string, orderId: string, hold?: Hold): Promise<OrderAnswer>
  /** Whether a message has been processed, waiting for it that many seconds at most. */
  processed(inboxId: string, seconds: number): Promise<boolean>
}

/** `email`: an address, of which only the keyed digest is compared. */
export type TransactionSearch = Omit<TransactionFilter, 'references'> & {
  email?: string | undefined
  reference?: string | undefined
}

/** How long an answer may be held back, and for what. */
export interface Hold {
  seconds: number
  until: 'matched' | 'final'
}

export interface PageRequest {
  limit: number
  cursor: string | null
}

export interface OrderAnswer extends Omit<
  Order,
  'transactions' | 'discrepancies' | 'firstSeenAt' | 'nextDeadlineAt'
> {
  transactions: TransactionRecord[]
  /** Those of the order and its requests; each transaction carries its own. */
  discrepancies: DiscrepancyRecord[]
}

interface ReadingServices extends Services<{ queries: QueryStore }> {
  waiting: Waiting
}

const AT_ONCE: Hold = { seconds: 0, until: 'matched' }

/** More attempts than this on one order id are a test value, not a shopper; the answer stays bounded. */
const TRANSACTIONS_PER_ORDER_MAX = 200

export function createQueries(services: Services<{ queries: QueryStore }>): Queries {
  const reading = { ...services, waiting: createWaiting(services) }
  const accountOf = (provider: string, name: string): Account =>
    services.accounts.resolve(provider, name).account
  return {
    transactions: async (filter, page) => listTransactions(reading, filter, page),
    transaction: async (provider, account, reference, hold = AT_ONCE) =>
      holdTransaction(reading, accountOf(provider, account), reference, hold),
    events: async (provider, account, reference) =>
      readEvents(reading, accountOf(provider, account), reference),
    order: async (provider, account, orderId, hold = AT_ONCE) =>
      holdOrder(reading, accountOf(provider, account), orderId, hold),
    processed: async (inboxId, seconds) =>
      reading.waiting.until(
        { topics: [topicOf('message', inboxId)], seconds },
        async () => services.stores.queries.isProcessed(inboxId),
        (done) => done,
      ),
  }
}

async function readEvents(
  { stores, identifiers }: ReadingServices,
  account: Account,
  reference: string,
): Promise<StoredEvent[]> {
  const events = await firstFound(identifiers.formsOf(reference), async (id) => {
    const told = await stores.queries.transactionEvents(account, id)
    return told.length > 0 ? told : null
  })
  return (events ?? unknownTransaction()).sort(compareFacts)
}

const unknownTransaction = (): never => {
  throw new AppError('unknown_transaction', 'reference: no verified message has named it yet')
}

async function holdTransaction(
  { stores, identifiers, waiting }: ReadingServices,
  account: Account,
  reference: string,
  { seconds, until }: Hold,
): Promise<TransactionRecord> {
  const forms = identifiers.formsOf(reference)
  const look = async (): Promise<TransactionRecord> =>
    (await firstFound(forms, async (id) => stores.queries.findTransaction(account, id))) ??
    unknownTransaction()
  const topics = forms.map((id) => topicOf('transaction', account.provider, account.account, id))
  return waiting.until({ topics, seconds }, look, (transaction) => isReached(transaction, until))
}

const isReached = (transaction: TransactionRecord, until: Hold['until']): boolean =>
  until === 'final' ? transaction.final : transaction.reconciliation === 'matched'

async function holdOrder(
  reading: ReadingServices,
  account: Account,
  orderId: string,
  { seconds, until }: Hold,
): Promise<OrderAnswer> {
  const forms = reading.identifiers.formsOf(orderId)
  const topics = forms.map((id) => topicOf('order', account.provider, account.account, id))
  const look = async (): Promise<OrderAnswer> =>
    (await firstFound(forms, async (id) => readOrder(reading, account, id))) ?? unknownOrder()
  return reading.waiting.until(
    { topics, seconds },
    look,
    ({ transactions, requests }) =>
      transactions.length > 0 &&
      requests.every(({ outcome }) => outcome === 'not_processed') &&
      transactions.every((transaction) => isReached(transaction, until)),
  )
}

const unknownOrder = (): never => {
  throw new AppError('unknown_order', 'orderId: no verified message or forwarded response has named it yet')
}

function hashOf(email: string, emailDigest: Services['emailDigest']): string {
  const hash = emailDigest(email)
  if (hash === null)
    throw new AppError('invalid_request', 'email: expected an address, for example ada@example.org')
  return hash
}

async function listTransactions(
  { stores, accounts, identifiers, emailDigest }: ReadingServices,
  { email, reference, ...filter }: TransactionSearch,
  { limit, cursor }: PageRequest,
): Promise<Page<TransactionRecord>> {
  const { orderId, ...stored } = asStored(accounts, filter)
  const emailHash = email === undefined ? filter.emailHash : hashOf(email, emailDigest)
  const references = reference === undefined ? undefined : identifiers.formsOf(reference)
  const wanted = { ...stored, emailHash, references }
  const page = async (id?: string) =>
    stores.queries.listTransactions({ ...wanted, orderId: id }, limit, cursor)
  if (orderId === undefined) return page()
  const found = await firstFound(identifiers.formsOf(orderId), async (id) => {
    const listed = await page(id)
    return listed.items.length > 0 ? listed : null
  })
  return found ?? { items: [], nextCursor: null }
}

async function readOrder(
  { stores, clock }: ReadingServices,
  account: Account,
  orderId: string,
): Promise<OrderAnswer | null> {
  const found = await stores.queries.order(account, orderId, TRANSACTIONS_PER_ORDER_MAX)
  const { events, expectations, resolutions, transactions, discrepancies, openIds } = found
  const now = clock.now()
  const { orders } = reconcile({ events, expectations, resolutions, policy: account.policy, now })
  const order = orders.find((candidate) => candidate.orderId === orderId)
  if (!order) return null
  const { firstSeenAt: _first, nextDeadlineAt: _deadline, ...answer } = order
  const reasonSources = byId(answer.reasonSources, openIds)
  return { ...answer, reasonSources, transactions, discrepancies }
}

/** The domain names a discrepancy by its key, a caller by the id of its row; one that is not saved yet has no id. */
function byId(sources: readonly ReasonSource[], openIds: ReadonlyMap<string, string>): ReasonSource[] {
  return sources.flatMap((source) => {
    if (source.kind !== 'discrepancy') return source
    const id = openIds.get(source.id)
    return id === undefined ? [] : { ...source, id }
  })
}
