import { validate as isUuid } from 'uuid'
import type { AuditEntry } from '../../domain/audit.ts'
import type { Expectation } from '../../domain/event/evidence.ts'
import type { Operation } from '../../domain/event/vocabulary.ts'
import { sha256Framed } from '../../lib/crypto.ts'
import { AppError } from '../../lib/errors.ts'
import type { Account } from '../../providers/account.ts'
import type { Provider } from '../../providers/provider.ts'
import type { Services } from '../../services.ts'
import type { ReconciliationKey, StatementStore } from './stores.ts'
import { keepIds, originalsOf } from '../kept-ids.ts'
import { reconcileKeys } from './reconcile-keys.ts'
import { checkStatedCall } from '../stated-call.ts'

/** Announcements: "we are about to ask for this". They are kept, and the order's answer takes them into account. */
export interface Expectations {
  /**
   * The same again (account, order, operation, operation id) answers what was registered first. Throws `unknown_account`,
   * `invalid_request`, `invalid_time`, `invalid_reference`, and `expectation_conflict` when it was registered with other values;
   * that it was said again is kept all the same.
   */
  register(announcement: Announcement): Promise<Registered>
  /** Taking back twice is once. `actor` is the name of the API key. Throws `unknown_expectation`. */
  withdraw(id: string, actor: string): Promise<void>
}

export interface Registered {
  expectation: Expectation
  /** False: it was announced before. */
  first: boolean
}

/** As the merchant sends it; `operation` is the provider's name of the call. */
export interface Announcement {
  provider: string
  account: string
  orderId: string
  channel?: Expectation['channel'] | undefined
  operation?: string | undefined
  operationId?: string | undefined
  parentReference?: string | undefined
  /** Minor units. */
  amount?: number | undefined
  currency?: string | undefined
  /** When the call is made by the merchant's clock, RFC 3339. */
  requestedAt?: string | undefined
}

type StatementServices = Services<{ statements: StatementStore }>

export function createExpectations(services: StatementServices): Expectations {
  return {
    register: async (announcement) => register(services, announcement),
    withdraw: async (id, actor) => withdraw(services, id, actor),
  }
}

async function register(services: StatementServices, announcement: Announcement): Promise<Registered> {
  const { account, provider } = services.accounts.resolve(announcement.provider, announcement.account)
  const now = services.clock.now()
  checkStatedCall(announcement, { provider, now })
  const { kept: named, replaced } = keepIds(services.identifiers, announcement)
  const expectation = toExpectation(named, {
    account,
    operation: operationOf(announcement, provider),
    id: services.newId(),
    createdAt: now.toISOString(),
  })
  const kept = await services.stores.statements.inTransaction(async (unit) => {
    await unit.read(keysOf(expectation))
    await unit.keepOriginals(account, originalsOf(account, replaced))
    const live = await unit.announce(expectation, keyOf(expectation, provider))
    await reconcileKeys(services, unit, keysOf(expectation), now)
    return live
  })
  // After the commit: the announcement stays, since a call may be on its way whatever its amount.
  if (kept.id !== expectation.id) refuseOtherValues(kept, expectation)
  return { expectation: kept, first: kept.id === expectation.id }
}

/** What tells two announcements apart that share account, order, operation and operation id. */
const VALUES = ['amount', 'currency', 'channel', 'parentReference'] as const

function refuseOtherValues(kept: Expectation, said: Expectation): void {
  const text = (value: string | number | null): string => String(value ?? 'nothing')
  const others = VALUES.filter((name) => kept[name] !== said[name]).map(
    (name) => `${name}: announced as ${text(kept[name])}, now as ${text(said[name])}`,
  )
  if (others.length === 0) return
  throw new AppError(
    'expectation_conflict',
    `${others.join('; ')}. If the call announced first will not be made, withdraw ${kept.id} and announce again; else tell the two apart by operationId`,
  )
}

/** A later step that does not name its operation would be taken for another payment of the order. */
function operationOf({ operation, parentReference }: Announcement, provider: Provider): Operation | null {
  if (operation === undefined && parentReference !== undefined)
    throw new AppError('invalid_request', 'operation: say which step will act on parentReference')
  if (operation === undefined) return null
  const known = provider.operationOf(operation)
  if (known === null || known === 'chargeback')
    throw new AppError(
      'invalid_request',
      'operation: use payment, authorization, capture, refund, void or credit',
    )
  return known
}

function toExpectation(
  { orderId, channel, operationId, parentReference, amount, currency, requestedAt }: Announcement,
  {
    account: { provider, account },
    ...given
  }: { account: Account } & Pick<Expectation, 'id' | 'operation' | 'createdAt'>,
): Expectation {
  return {
    ...given,
    provider,
    account,
    orderId,
    channel: channel ?? null,
    operationId: operationId ?? null,
    parentReference: parentReference ?? null,
    amount: amount ?? null,
    currency: currency ?? null,
    saidAt: given.createdAt,
    requestedAt: requestedAt === undefined ? null : new Date(requestedAt).toISOString(),
  }
}

/** No operation means a payment: naming it makes no second announcement. */
function keyOf(
  { provider, account, orderId, operation, operationId }: Expectation,
  adapter: Provider,
): Buffer {
  const asked = operation ?? adapter.operationOf('payment') ?? ''
  return sha256Framed(provider, account, orderId, asked, operationId ?? '')
}

/** Its order, and the transaction that the announced step will act on. */
function keysOf({ provider, account, orderId, parentReference }: Expectation): ReconciliationKey[] {
  const order: ReconciliationKey = { provider, account, kind: 'order', id: orderId }
  return parentReference === null
    ? [order]
    : [order, { provider, account, kind: 'reference', id: parentReference }]
}

async function withdraw(services: StatementServices, id: string, actor: string): Promise<void> {
  const now = services.clock.now()
  await services.stores.statements.inTransaction(async (unit) => {
    const expectation = isUuid(id) ? await unit.findExpectation(id) : null
    if (!expectation)
      throw new AppError('unknown_expectation', 'id: use the one that POST /v1/expectations answered')
    await unit.read(keysOf(expectation))
    if (await unit.withdraw(id, now)) await unit.audit(withdrawal(services, expectation, actor, now))
    await reconcileKeys(services, unit, keysOf(expectation), now)
  })
}

function withdrawal(
  { newId }: StatementServices,
  { id: expectationId, provider, account, orderId, operationId }: Expectation,
  actor: string,
  at: Date,
): AuditEntry {
  const target = { expectationId, provider, account, orderId, operationId }
  return { id: newId(), at, actor, action: 'withdraw_expectation', target, count: null, note: null }
}
