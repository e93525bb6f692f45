import { setTimeout as pause } from 'node:timers/promises'
import { callApi, type ApiAccess } from '../cli/delivery.ts'
import type { Account } from '../providers/account.ts'
import type { DemoAccounts } from './accounts.ts'
import { orderIdOf, type Scenario } from './scenario.ts'

/** What the service answers over its own API about the payments of a scenario. */
export interface State {
  /** By reference, in the order of the expectation; null: not known. */
  transactions: ReadonlyMap<string, TransactionState | null>
  order: OrderState | null
}

/** The part of GET /v1/transactions/… that the demonstration looks at. */
export interface TransactionState {
  reference: string
  status: string
  reconciliation: string
  currency: string | null
  authorizedTotal: number | null
  capturedTotal: number | null
  refundedTotal: number | null
  discrepancies: DiscrepancyState[]
  /** Counted at …/events. */
  events: number
}

export interface OrderState {
  /** As it was asked for: the service masks ids that look like card numbers. */
  orderId: string
  paid: boolean
  safeToRetry: boolean
  discrepancies: DiscrepancyState[]
}

export interface DiscrepancyState {
  id: string
  version: number
  class: string
  resolvedAt: string | null
  /** The discrepancy that an operator had resolved before more was at stake. */
  formerId?: string | null
}

/** The running service and the accounts that it was started with. */
export interface DemoService extends ApiAccess {
  accounts: DemoAccounts
}

export function accountNamed({ accounts }: DemoService, name: string): Account {
  const account = accounts.get(name)
  if (!account) throw new Error(`the demonstration has no account ${name}`)
  return account
}

/** Ask for everything that the scenario's expectation names. */
export async function readState(service: DemoService, { account, inputs, expect }: Scenario): Promise<State> {
  const { transactions, unknown = [], order = null } = expect
  const asked = [...transactions, ...unknown.map((reference) => ({ reference, account }))]
  const found = asked.map(async (one) => {
    const transaction = await readTransaction(service, one.account ?? account, one.reference)
    return [one.reference, transaction] as const
  })
  const orderId = order && (order.orderId ?? orderIdOf(inputs))
  return {
    transactions: new Map(await Promise.all(found)),
    order: orderId === null ? null : await readOrder(service, accountNamed(service, account), orderId),
  }
}

/** One transaction with the number of its events; null when the service does not know it. */
export async function readTransaction(
  service: DemoService,
  account: string,
  reference: string,
): Promise<TransactionState | null> {
  const { provider } = accountNamed(service, account)
  const path = `/v1/transactions/${provider}/${account}/${encodeURIComponent(reference)}`
  const found = (await read(service, path)) as TransactionState | null
  if (found === null) return null
  const events = (await read(service, `${path}/events`)) as { items: unknown[] } | null
  return { ...found, events: events?.items.length ?? 0 }
}

export async function readOrder(
  access: ApiAccess,
  { provider, account }: Pick<Account, 'provider' | 'account'>,
  orderId: string,
): Promise<OrderState | null> {
  const path = `/v1/orders/${provider}/${account}/${encodeURIComponent(orderId)}`
  const found = (await read(access, path)) as OrderState | null
  return found && { ...found, orderId }
}

/** Messages that are stored and not processed yet: as long as there are any, no state is final. */
export async function readPending(access: ApiAccess): Promise<number> {
  const { body } = await callApi(access, '/metrics')
  const [, pending] = /^receiver_inbox_pending_messages (\d+)$/m.exec(body) ?? []
  if (pending === undefined) throw new Error('GET /metrics does not name receiver_inbox_pending_messages')
  return Number(pending)
}

async function read(access: ApiAccess, path: string): Promise<unknown> {
  const { status, body } = await callApi(access, path)
  if (status === 404) return null
  if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${body}`)
  return JSON.parse(body) as unknown
}

/** Processing takes milliseconds; a machine under load may take a thousand times that. */
const TIMEOUT_MS = 5_000
const POLL_MS = 10

/** Read until what is read is enough, or the time is up; resolves with what was read last. */
export async function readUntil<Value>(
  read: () => Promise<Value>,
  isEnough: (value: Value) => boolean,
): Promise<Value> {
  const deadline = performance.now() + TIMEOUT_MS
  for (;;) {
    const value = await read()
    if (isEnough(value) || performance.now() >= deadline) return value
    await pause(POLL_MS)
  }
}
