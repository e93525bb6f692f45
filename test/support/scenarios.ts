import type { ExpectationInput, NotificationInput, ResponseInput } from '../../src/demo/scenario.ts'
import type { WorkedExample } from '../../src/demo/worked-example.ts'
import type { AccountPolicy } from '../../src/domain/event/account-policy.ts'
import type { Reconciled } from '../../src/domain/reconcile.ts'
import type { Expectation, StoredEvent } from '../../src/domain/event/evidence.ts'
import type { Operation } from '../../src/domain/event/vocabulary.ts'
import { be2bill } from '../../src/providers/be2bill/index.ts'
import { hipay } from '../../src/providers/hipay/index.ts'
import type { Account } from '../../src/providers/account.ts'
import type { Provider } from '../../src/providers/provider.ts'

/** The worked examples under `test/fixtures/scenarios/`, read through the real adapters. */

const RECEIVED_AT = new Date('2026-04-01T12:00:00.000Z')
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

export const DEFAULT_DEADLINES: AccountPolicy['deadlines'] = {
  notification: 15 * MINUTE,
  response: 15 * MINUTE,
  expectation: 60 * MINUTE,
  action: DAY,
  pending: 14 * DAY,
  page: 7 * DAY,
}

/** What an account promises about times unless told. */
export const TIMES = {
  deadlines: DEFAULT_DEADLINES,
  callTimeout: MINUTE,
  clockSkew: 10_000,
  pageAttempts: null,
  echoedIn: null,
}

export function policyOf({ account }: WorkedExample): AccountPolicy {
  return { ...TIMES, ...account, merchantIds: account.merchantIds ?? [] }
}

/** After two days everything is overdue but a slow method. */
export function clockOf({ clock }: WorkedExample): Date {
  return new Date(RECEIVED_AT.getTime() + (clock === 'before_deadlines' ? 1_000 : 2 * DAY))
}

/** What the messages of a scenario come to, input by input. */
export interface Evidence {
  events: StoredEvent[]
  expectations: Expectation[]
}

export function evidenceOf(scenario: WorkedExample): Evidence[] {
  const adapter: Provider = scenario.provider === 'hipay' ? hipay : be2bill
  const account = accountOf(scenario)
  return scenario.inputs.map((input, index) => {
    if (input.kind === 'expectation')
      return { events: [], expectations: [expectationOf(input, account, index)] }
    return { events: eventsOf(input, adapter, account, index), expectations: [] }
  })
}

function accountOf(scenario: WorkedExample): Account {
  const secret = { id: 'only', value: 'for-tests-only', notBefore: null, notAfter: null }
  return {
    provider: scenario.provider,
    account: 'shop',
    policy: policyOf(scenario),
    identifiers: scenario.provider === 'hipay' ? [] : ['Demo Shop'],
    secrets: [{ ...secret, hashAlgorithm: 'sha256', identifiers: [], merchantIds: [] }],
    ignoredQueryParameters: [],
    numericIds: false,
    keep: [],
    silence: null,
  }
}

function eventsOf(
  input: NotificationInput | ResponseInput,
  adapter: Provider,
  account: Account,
  index: number,
): StoredEvent[] {
  const translation =
    input.kind === 'notification' ? notified(input, adapter, account) : answered(input, adapter, account)
  if (!translation.readable) throw new Error(`input ${index} is unreadable: ${translation.detail}`)
  return translation.events.map((event) => ({ ...event, id: `event-${index}`, inboxId: `inbox-${index}` }))
}

function notified({ fields }: NotificationInput, adapter: Provider, account: Account) {
  const content = adapter.sign(fields, account).body
  return adapter.translate({ content, receivedAt: RECEIVED_AT }, account)
}

function answered({ envelope, httpStatus, error, body }: ResponseInput, adapter: Provider, account: Account) {
  const content = Buffer.from(body === undefined ? '' : JSON.stringify(body))
  const whole = { ...envelope, httpStatus, error }
  return adapter.translateResponse({ envelope: whole, content, receivedAt: RECEIVED_AT }, account)
}

const OPERATIONS: Readonly<Record<string, Operation>> = { payment: 'sale', cancel: 'void' }

function expectationOf(input: ExpectationInput, account: Account, index: number): Expectation {
  const { operation = null } = input
  return {
    id: `expectation-${index}`,
    provider: account.provider,
    account: account.account,
    orderId: input.orderId,
    channel: input.channel ?? null,
    operation: operation === null ? null : (OPERATIONS[operation] ?? (operation as Operation)),
    operationId: input.operationId ?? null,
    parentReference: input.parentReference ?? null,
    amount: input.amount ?? null,
    currency: input.currency ?? null,
    createdAt: RECEIVED_AT.toISOString(),
    saidAt: RECEIVED_AT.toISOString(),
    requestedAt: null,
  }
}

/** The part of an outcome that a scenario states, in its shape. */
export function statedBy(reconciled: Reconciled): WorkedExample['expect'] {
  const [order] = reconciled.orders
  const found = [...reconciled.transactions, ...reconciled.orders].flatMap(
    ({ discrepancies }) => discrepancies,
  )
  const classes = [...found, ...reconciled.orphanDiscrepancies].map((discrepancy) => discrepancy.class)
  return {
    transactions: reconciled.transactions.map(
      ({ reference, status, authorizedTotal, capturedTotal, refundedTotal, reconciliation }) => ({
        reference,
        status,
        authorizedTotal,
        capturedTotal,
        refundedTotal,
        reconciliation,
      }),
    ),
    order: order ? { paid: order.paid, safeToRetry: order.safeToRetry } : null,
    discrepancies: [...new Set(classes)].sort(),
  }
}
