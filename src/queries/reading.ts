import { compareFacts } from '../domain/canonical-order.ts'
import { reconcile } from '../domain/reconcile.ts'
import type { Order, StoredEvent } from '../domain/transaction.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Account } from '../providers/provider.ts'
import type {
  AccountDirectory,
  DiscrepancyRecord,
  Page,
  QueryStore,
  TransactionFilter,
  TransactionRecord,
} from '../stores.ts'

/** The read side. Transactions are read as saved; an order's answer is computed at the moment it is asked for. */
export interface Queries {
  transactions(filter: TransactionFilter, page: PageRequest): Promise<Page<TransactionRecord>>
  /** Throws `unknown_account` or `unknown_transaction`; an absorbed reference answers its root. */
  transaction(provider: string, account: string, reference: string): Promise<TransactionRecord>
  /** Current normalized events in canonical order. */
  events(provider: string, account: string, reference: string): Promise<StoredEvent[]>
  /** Throws `unknown_account` or `unknown_order`. */
  order(provider: string, account: string, orderId: string): Promise<OrderAnswer>
}

export interface PageRequest {
  limit: number
  cursor: string | null
}

export interface OrderAnswer extends Omit<Order, 'transactions' | 'discrepancies' | 'nextDeadlineAt'> {
  transactions: TransactionRecord[]
  /** Those of the order and its requests; each transaction carries its own. */
  discrepancies: DiscrepancyRecord[]
}

export interface QueriesDeps {
  store: QueryStore
  accounts: AccountDirectory
  clock: Clock
}

/** More attempts than this on one order id are a test value, not a shopper; the answer stays bounded. */
const TRANSACTIONS_PER_ORDER_MAX = 200

export function createQueries(deps: QueriesDeps): Queries {
  return {
    transactions: async (filter, page) => listTransactions(deps, filter, page),
    transaction: async (provider, account, reference) => {
      const found = await deps.store.findTransaction(findAccount(deps, provider, account), reference)
      if (!found) throw new AppError('unknown_transaction', 'reference: no verified message has named it yet')
      return found
    },
    events: async (provider, account, reference) => {
      const events = await deps.store.transactionEvents(findAccount(deps, provider, account), reference)
      if (events.length === 0)
        throw new AppError('unknown_transaction', 'reference: no verified message has named it yet')
      return events.sort(compareFacts)
    },
    order: async (provider, account, orderId) =>
      readOrder(deps, findAccount(deps, provider, account), orderId),
  }
}

function findAccount({ accounts }: QueriesDeps, provider: string, name: string): Account {
  const account = accounts.find(provider, name)
  if (!account)
    throw new AppError('unknown_account', 'account: check provider and account against the accounts file')
  return account
}

/** be2bill and dalenys name one space of accounts, but rows carry the word of the accounts file. */
async function listTransactions(
  { store, accounts }: QueriesDeps,
  filter: TransactionFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<TransactionRecord>> {
  const { provider, account } = filter
  const known = provider !== undefined && account !== undefined ? accounts.find(provider, account) : undefined
  return store.listTransactions({ ...filter, provider: known?.provider ?? provider }, limit, cursor)
}

async function readOrder(
  { store, clock }: QueriesDeps,
  account: Account,
  orderId: string,
): Promise<OrderAnswer> {
  const scope = await store.orderScope(account, orderId)
  const { events, expectations, resolutions } = scope
  const now = clock.now()
  const { orders } = reconcile({ events, expectations, resolutions, policy: account.policy, now })
  const order = orders.find((candidate) => candidate.orderId === orderId)
  if (!order)
    throw new AppError('unknown_order', 'orderId: no verified message or forwarded response has named it yet')
  const { nextDeadlineAt: _deadline, ...answer } = order
  const { items } = await store.listTransactions(
    { ...pick(account), orderId },
    TRANSACTIONS_PER_ORDER_MAX,
    null,
  )
  return { ...answer, transactions: items, discrepancies: await store.discrepancies(account, orderId) }
}

const pick = ({ provider, account }: Account) => ({ provider, account })
