import type { MerchantAccess } from '../cli/delivery.ts'
import type { DemoAccounts } from './accounts.ts'
import type { Expectation, Scenario } from './scenario.ts'

/** What the service says over its own API about the payments of a scenario. */
export interface Belief {
  /** In the order of the expectation; null: not known. */
  transactions: (TransactionView | null)[]
  /** Of the references that should be unknown, those that are known. */
  known: string[]
  order: OrderView | null
}

/** The part of GET /v1/transactions/… that the demonstration looks at. */
export interface TransactionView {
  reference: string
  status: string
  reconciliation: string
  currency: string | null
  authorizedTotal: number | null
  capturedTotal: number | null
  refundedTotal: number | null
  discrepancies: DiscrepancyView[]
  /** Counted at …/events. */
  events: number
}

export interface OrderView {
  paid: boolean
  safeToRetry: boolean
  discrepancies: DiscrepancyView[]
}

export interface DiscrepancyView {
  class: string
  resolvedAt: string | null
  /** The one that an operator had closed before more was shown. */
  formerId?: string | null
}

/** Where the scenarios are played. */
export interface Stage extends MerchantAccess {
  accounts: DemoAccounts
}

const TIMEOUT_MS = 10_000

/** Ask for everything that the expectation speaks of. */
export async function askBelief(stage: Stage, scenario: Scenario): Promise<Belief> {
  const { transactions, unknown = [], order }: Expectation = scenario.expect
  const transactionOf = (account: string, reference: string) => askTransaction(stage, account, reference)
  const asked = transactions.map(({ account = scenario.account, reference }) =>
    transactionOf(account, reference),
  )
  const strangers = unknown.map((reference) => transactionOf(scenario.account, reference))
  return {
    transactions: await Promise.all(asked),
    known: (await Promise.all(strangers)).flatMap((view) => view?.reference ?? []),
    order: order ? await askOrder(stage, order.account ?? scenario.account, order.orderId) : null,
  }
}

/** One transaction with the number of its events; null when the service does not know it. */
export async function askTransaction(
  stage: Stage,
  account: string,
  reference: string,
): Promise<TransactionView | null> {
  const path = `/v1/transactions/${providerOf(stage, account)}/${account}/${encodeURIComponent(reference)}`
  const view = (await ask(stage, path)) as TransactionView | null
  if (view === null) return null
  const events = (await ask(stage, `${path}/events`)) as { items: unknown[] } | null
  return { ...view, events: events?.items.length ?? 0 }
}

async function askOrder(stage: Stage, account: string, orderId: string): Promise<OrderView | null> {
  const path = `/v1/orders/${providerOf(stage, account)}/${account}/${encodeURIComponent(orderId)}`
  return (await ask(stage, path)) as OrderView | null
}

/** Messages that are stored and not processed yet: as long as there are any, nothing that is believed is final. */
export async function askPending(stage: Stage): Promise<number> {
  const response = await fetch(`${stage.baseUrl}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  const [, pending] = /^inbox_pending (\d+)$/m.exec(await response.text()) ?? []
  if (pending === undefined) throw new Error('GET /metrics does not tell inbox_pending')
  return Number(pending)
}

function providerOf({ accounts }: Stage, account: string): string {
  const found = accounts.get(account)
  if (!found) throw new Error(`the demonstration has no account ${account}`)
  return found.provider
}

async function ask({ baseUrl, apiKey }: Stage, path: string): Promise<unknown> {
  const response = await fetch(baseUrl + path, {
    headers: { authorization: `Bearer ${apiKey}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const text = await response.text()
  if (response.status === 404) return null
  if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${text}`)
  return JSON.parse(text) as unknown
}
