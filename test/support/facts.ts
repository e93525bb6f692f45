import type { AccountPolicy } from '../../src/domain/event/account-policy.ts'
import { blankEvent } from '../../src/domain/event/blank-event.ts'
import { reconcile } from '../../src/domain/reconcile.ts'
import type { ReconcileInput, Reconciled } from '../../src/domain/reconcile.ts'
import type { Order } from '../../src/domain/orders/order-answers.ts'
import type { Expectation, Resolution, StoredEvent } from '../../src/domain/event/evidence.ts'
import type { Discrepancy, Transaction } from '../../src/domain/reconciliation/transaction.ts'
import type { Customer, TransactionEvent } from '../../src/domain/event/transaction-event.ts'
import { statementOf } from '../../src/providers/be2bill/event.ts'
import { meaningOf } from '../../src/providers/hipay/codes.ts'
import { TIMES } from './scenarios.ts'

/** Normalized facts in one line each, with the meaning that the adapters' own tables give to a code. */

export const RECEIVED_AT = '2026-04-01T12:00:00.000Z'
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** What a fact states otherwise than told here. */
export type Given = Partial<StoredEvent>

let serial = 0

/** Sorts as it counts. */
function nextSerial(): string {
  serial += 1
  return String(serial).padStart(6, '0')
}

function fact(given: Given): StoredEvent {
  const number = nextSerial()
  return { ...BLANK, id: `event-${number}`, inboxId: `inbox-${number}`, ...given }
}

const BLANK: TransactionEvent = {
  ...blankEvent({
    provider: 'hipay',
    account: 'shop',
    witness: 'notification',
    receivedAt: RECEIVED_AT,
  }),
  type: 'noted',
  orderId: 'O1',
  currency: 'EUR',
  test: false,
}

function hipayFact(code: string, given: Given): Given {
  const { type, operation, refinement, statesAuthorization } = meaningOf(code)
  return { reference: 'T1', providerCode: code, type, operation, refinement, statesAuthorization, ...given }
}

/** RFC 3339 time so many seconds after ten. */
export const at = (second: number): string => new Date(Date.UTC(2026, 3, 1, 10, 0, second)).toISOString()

/** RFC 3339 time so many milliseconds after the receipt. */
export const receivedAfter = (ms: number): string => new Date(Date.parse(RECEIVED_AT) + ms).toISOString()

/** A HiPay notification; counters as given. */
export const notified = (code: string, given: Given = {}): StoredEvent => fact(hipayFact(code, given))

/** HiPay's answer to a payment call. */
export const answered = (code: string, given: Given = {}): StoredEvent =>
  fact(hipayFact(code, { witness: 'response', channel: 'direct', ...given }))

/** HiPay's answer to a later call: it says nothing of the authorization. */
export const maintained = (code: string, given: Given = {}): StoredEvent =>
  fact(hipayFact(code, { witness: 'response', statesAuthorization: false, orderId: null, ...given }))

/** Counters of a HiPay message. */
export const counters = (authorizedTotal: number, capturedTotal = 0, refundedTotal = 0): Given => ({
  authorizedTotal,
  capturedTotal,
  refundedTotal,
})

/** A customer of whom nothing but the id is stated. */
export const customerOf = (id: string): Customer => ({
  id,
  ipCountry: null,
  language: null,
  emailHash: null,
  email: null,
  ipAddress: null,
  deviceId: null,
})

let second = 0
/** A second after the one before. */
export const nextSecond = (): string => at((second += 1))

/** A HiPay notification a second after the one before, in counters of hundreds. */
export const told = (
  code: string,
  [captured, refunded = 0]: [number, number?],
  given: Given = {},
): StoredEvent => notified(code, { ...counters(100, captured, refunded), occurredAt: nextSecond(), ...given })

/** A sale that both of HiPay's words tell alike. */
export const sale: StoredEvent[] = [answered, notified].map((say) =>
  say('118', { ...counters(50, 50), occurredAt: at(1) }),
)

/** HiPay's notification that 50.00 were captured. */
export const captured = (reference: string, given: Given = {}): StoredEvent =>
  notified('118', { reference, ...counters(5000, 5000), ...given })

/** A call whose outcome the shop does not know. */
export const cutOff = (given: Given = {}): StoredEvent =>
  fact({ witness: 'response', type: 'failed', operation: 'authorization', ...given })

/** A payment page that was asked for. */
export const hostedPage = (given: Given = {}): StoredEvent =>
  cutOff({ type: 'action_required', channel: 'hosted', ...given })

const be2billFact = (operation: string, code: string, given: Given): Given => ({
  provider: 'be2bill',
  reference: 'A1',
  ...statementOf(code, operation),
  ...given,
})

export const beNotified = (operation: string, code: string, given: Given = {}): StoredEvent =>
  fact(be2billFact(operation, code, given))

export const beAnswered = (operation: string, code: string, given: Given = {}): StoredEvent =>
  fact(be2billFact(operation, code, { witness: 'response', ...given }))

/** A stage of a Be2bill dispute. */
export const disputed = (
  stage: NonNullable<NonNullable<TransactionEvent['chargeback']>['stage']>,
  date: string,
  given: Given = {},
): StoredEvent => {
  const back = /representment|cancellation/.test(stage)
  const type = stage === 'retrieval_request' ? 'noted' : back ? 'chargeback_reversed' : 'charged_back'
  const chargeback = { date, stage, code: null }
  return fact({ provider: 'be2bill', reference: 'A1', operation: 'chargeback', type, chargeback, ...given })
}

export const expected = (given: Partial<Expectation> = {}): Expectation => {
  return {
    id: `expectation-${nextSerial()}`,
    provider: 'hipay',
    account: 'shop',
    orderId: 'O1',
    channel: 'direct',
    operation: null,
    operationId: null,
    parentReference: null,
    amount: null,
    currency: null,
    createdAt: RECEIVED_AT,
    requestedAt: null,
    ...given,
    saidAt: given.saidAt ?? given.createdAt ?? RECEIVED_AT,
  }
}

/** An operator's statement about what is shown. */
export type Stated = Omit<Resolution, 'covers'> & Partial<Pick<Resolution, 'covers'>>

export interface Circumstances {
  after?: number
  expectations?: readonly Expectation[]
  /** Each covers what its discrepancy shows without it, unless told. */
  resolutions?: readonly Stated[]
  policy?: Partial<AccountPolicy>
}

export const POLICY: AccountPolicy = {
  responses: 'announced',
  expectations: 'optional',
  test: false,
  merchantIds: [],
  ...TIMES,
}

/** The account's merchant forwards every answer. */
export const expectsAnswers = { policy: { responses: 'expected' } } as const

/** `events`, `after` milliseconds since their receipt (one second unless told). */
export function inputFrom(events: readonly StoredEvent[], given: Circumstances = {}): ReconcileInput {
  const { after = 1_000, expectations = [], resolutions = [], policy = {} } = given
  const now = new Date(Date.parse(RECEIVED_AT) + after)
  const input = { events, expectations, policy: { ...POLICY, ...policy }, now }
  return { ...input, resolutions: statedAbout({ ...input, resolutions: [] }, resolutions) }
}

/** The statements, each covering what is shown by the time it is made; what is only shown later is covered as of then. */
export function statedAbout(input: ReconcileInput, stated: readonly Stated[]): Resolution[] {
  const done: Resolution[] = []
  // An operator is only shown what its deadline has passed for.
  const now = new Date(input.now.getTime() + 90 * DAY)
  for (const statement of [...stated].sort((left, right) => (left.at < right.at ? -1 : 1))) {
    const shown = openIn(reconcile({ ...input, now, resolutions: done })).find(
      ({ key }) => key === statement.key,
    )
    const covers = statement.covers ?? shown?.covers ?? done.find(({ key }) => key === statement.key)?.covers
    done.push({ ...statement, covers: covers ?? NOTHING })
  }
  return done
}

const NOTHING: Resolution['covers'] = {
  parts: [],
  outcomes: { response: '', notification: '' },
  amountAtRisk: 0,
}

export const openIn = ({ transactions, orders, orphanDiscrepancies }: Reconciled): Discrepancy[] => [
  ...[...transactions, ...orders].flatMap(({ discrepancies }) => discrepancies),
  ...orphanDiscrepancies,
]

export function settle(events: readonly StoredEvent[], given: Circumstances = {}): Reconciled {
  return reconcile(inputFrom(events, given))
}

/** The only transaction of `events`. */
export function transactionOf(events: readonly StoredEvent[], given: Circumstances = {}): Transaction {
  const { transactions } = settle(events, given)
  const [first, ...others] = transactions
  if (first === undefined || others.length > 0) throw new Error(`${transactions.length} transactions`)
  return first
}

/** The only order of `events`. */
export function orderOf(events: readonly StoredEvent[], given: Circumstances = {}): Order {
  const { orders } = settle(events, given)
  const [first, ...others] = orders
  if (first === undefined || others.length > 0) throw new Error(`${orders.length} orders`)
  return first
}

/** Every open class with its amount at risk, transactions, orders and orphans together. */
export function discrepanciesOf(
  events: readonly StoredEvent[],
  given: Circumstances = {},
): [string, number | null][] {
  return openIn(settle(events, given)).map((found) => [found.class, found.amountAtRisk])
}
