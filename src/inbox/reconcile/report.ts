import type { AccountScope } from '../../domain/records.ts'
import type { Transaction } from '../../domain/reconciliation/transaction.ts'
import type { Services } from '../../services.ts'
import type { MessageOutcome, ReconciledScope, ReconciliationKey } from './stores.ts'
import type { Translated } from './translated.ts'

/** What processing and the sweep count and log, after their commits. */

type Telemetry = Pick<Services, 'metrics' | 'logger'>

/** `postponed`: a try failed, and another will be made; `held_up`: another transaction held what it needs. */
export interface ProcessingEvent extends Omit<MessageOutcome, 'state'> {
  state: MessageOutcome['state'] | 'postponed' | 'held_up'
  provider: string
  account: string
  /** Receipt to commit (or to the failure), milliseconds. */
  lagMs: number
  /** Provider codes of unrecognized events. */
  unrecognized: string[]
  /** What the line of a processed message shows beside it. */
  stated?: StatedContent
  error?: unknown
}

/** What a message says and what its payment stands at since: enough to follow a payment through the log. */
export interface StatedContent {
  witness: string
  /** Of the body, as it is stored. */
  bytes: number
  /** The first that the message states; null: none. */
  reference: string | null
  order: string | null
  events: { type: string; code: string | null }[]
  /** Null: no payment follows from it. */
  payment: { status: string; reconciliation: string } | null
}

/** Payments by each of their references. */
export type Payments = ReadonlyMap<string, Pick<Transaction, 'status' | 'reconciliation'>>

export function paymentsOf(results: readonly ReconciledScope[]): Payments {
  const payments = new Map<string, Transaction>()
  for (const { scope, reconciled } of results)
    for (const payment of reconciled.transactions)
      for (const reference of [payment.reference, ...payment.absorbed])
        payments.set(nameOf(scope, reference), payment)
  return payments
}

const nameOf = ({ provider, account }: AccountScope, reference: string): string =>
  `${provider}/${account}/${reference}`

export function statedContent({ message, events }: Translated, payments: Payments): StatedContent {
  const stated = events.map(({ event }) => event)
  const reference = stated.find((event) => event.reference !== null)?.reference ?? null
  const payment = reference === null ? undefined : payments.get(nameOf(message, reference))
  return {
    witness: message.witness,
    bytes: 'code' in message.content ? 0 : message.content.length,
    reference,
    order: stated.find((event) => event.orderId !== null)?.orderId ?? null,
    events: stated.map(({ type, providerCode }) => ({ type, code: providerCode })),
    payment: payment ? { status: payment.status, reconciliation: payment.reconciliation } : null,
  }
}

export function reportOutcome(
  { metrics, logger }: Telemetry,
  { error, lagMs, stated, ...outcome }: ProcessingEvent,
): void {
  const { state, provider } = outcome
  if (state === 'postponed' || state === 'held_up') {
    metrics.postponed.inc({ reason: state === 'held_up' ? 'held_up' : 'failed' })
    logger.warn({ ...outcome, error }, POSTPONED[state])
    return
  }
  metrics.processed.inc({ state })
  metrics.lag.observe({}, lagMs / 1_000)
  for (const code of outcome.unrecognized) metrics.unrecognized.inc({ provider, code })
  if (state === 'parked') logger.error({ ...outcome, error }, 'message parked')
  else logger.info({ ...outcome, ...stated, lagMs }, 'message processed')
}

const POSTPONED = {
  postponed: 'message failed in processing; it is tried again',
  held_up: 'message waits for what another transaction holds; it is tried again',
}

/** Messages of one batch that wait for their account. */
export interface AbsentAccount extends AccountScope {
  messages: number
}

/** One line per account and batch: there may be many messages, and each is put off again and again. */
export function reportAbsent({ metrics, logger }: Telemetry, absent: AbsentAccount): void {
  metrics.postponed.inc({ reason: 'account_not_configured' }, absent.messages)
  logger.warn(absent, 'acknowledged messages wait for their account, which is not configured')
}

export interface Swept {
  /** Transactions, orders and calls whose time had come and which were judged again. */
  judged: number
  /** Those that could not be: they get another turn, and no other one waits for them. */
  failed: { subject: ReconciliationKey; error: unknown }[]
}

/** One line per sweep that had something to judge, and one per key that could not be judged. */
export function reportSwept({ metrics, logger }: Telemetry, { judged, failed }: Swept): void {
  metrics.deadlines.inc({ outcome: 'judged' }, judged)
  metrics.deadlines.inc({ outcome: 'failed' }, failed.length)
  for (const { subject, error } of failed) {
    logger.error({ ...subject, error }, 'a deadline could not be judged; it is tried again')
  }
  logger.info({ judged, failed: failed.length }, 'deadlines swept')
}
