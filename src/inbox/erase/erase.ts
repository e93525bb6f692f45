import { erasedFact } from '../../domain/event/erased-fact.ts'
import type { StoredEvent } from '../../domain/event/evidence.ts'
import { readFact } from '../../domain/event/written-fact.ts'
import type { AccountScope } from '../../domain/records.ts'
import type { Services } from '../../services.ts'
import { judge } from '../reconcile/reconcile-keys.ts'
import type { Judgement, ReconciliationKey } from '../reconcile/stores.ts'
import type { ErasureStore, ErasureUnit, PaymentPosition, StoredOfMessages } from './stores.ts'

/**
 * Erasure of a person's data: the bodies of the messages, and what events and payments state of the person. Money, statuses, ids of
 * orders and transactions, digests and the audit log stay. Each order, or payment of the customer, is one commit: an erasure that
 * was interrupted is begun again, and finds what is left.
 */
type ErasureServices = Pick<
  Services<{ erasure: ErasureStore }>,
  'stores' | 'accounts' | 'clock' | 'newId' | 'identifiers'
>

export interface ErasureRequest extends AccountScope {
  /** One order, or all payments that show this customer, by the merchant's own id. */
  kind: 'order' | 'customer'
  id: string
  /** Count, and change nothing. */
  dryRun: boolean
  /** Who has it done, for the audit log. */
  actor: string
}

export interface ErasureReport {
  /** Orders, or payments of the customer. */
  subjects: number
  /** Stored events that state something of the person. */
  events: number
  /** Stored bodies of messages. */
  bodies: number
  /** Messages that wait to be processed: their bodies stay until the erasure is run again. */
  pending: number
}

/** Answers after each subject how far it has come. Throws `unknown_account`. */
export async function* erase(
  services: ErasureServices,
  request: ErasureRequest,
): AsyncGenerator<ErasureReport> {
  const { account } = services.accounts.resolve(request.provider, request.account)
  const scope = { provider: account.provider, account: account.account }
  const report: ErasureReport = { subjects: 0, events: 0, bodies: 0, pending: 0 }
  const forms = services.identifiers.formsOf(request.id)
  for await (const key of keysOf(services.stores.erasure, scope, request.kind, forms)) {
    const found = await services.stores.erasure.inTransaction(async (unit) =>
      eraseOne(services, unit, key, request),
    )
    if (found === null) continue
    report.subjects += 1
    report.events += found.facts.length
    report.bodies += found.bodies.length
    report.pending += found.pending
    yield { ...report }
  }
}

async function* keysOf(
  store: ErasureStore,
  scope: AccountScope,
  kind: ErasureRequest['kind'],
  forms: readonly string[],
): AsyncGenerator<ReconciliationKey> {
  if (kind === 'order') {
    for (const id of forms) yield { ...scope, kind, id }
    return
  }
  for (let after: PaymentPosition | null = null; ;) {
    const { references, next } = await store.paymentsOfCustomer(scope, forms, after)
    for (const id of references) yield { ...scope, kind: 'reference', id }
    if (next === null) return
    after = next
  }
}

/** What was erased, or would be; null: nothing is stored of it. */
async function eraseOne(
  services: ErasureServices,
  unit: ErasureUnit,
  key: ReconciliationKey,
  { kind, id, dryRun, actor }: ErasureRequest,
): Promise<StoredOfMessages | null> {
  const now = services.clock.now()
  const evidence = await unit.read([key])
  const events = eventsOf(key, evidence.events, await judge(services, evidence, now))
  if (events.length === 0) return null
  const stored = await unit.storedOf([...new Set(events.map(({ inboxId }) => inboxId))])
  const facts = stored.facts.flatMap((one) => {
    const erased = erasedFact(one.fact)
    return JSON.stringify(erased) === JSON.stringify(one.fact) ? [] : [{ ...one, fact: erased }]
  })
  const erased = { ...stored, facts }
  if (dryRun || facts.length + stored.bodies.length === 0) return erased
  const { provider, account } = key
  await unit.erase(erased, {
    ...{ id: services.newId(), at: now, actor, action: 'erase', note: null },
    target: { provider, account, [kind]: id, [key.kind]: key.id },
    count: stored.bodies.length,
  })
  const rewritten = new Map(facts.map((fact) => [fact.id, readFact(fact)]))
  const rest = evidence.events.map((event) => rewritten.get(event.id) ?? event)
  unit.save(await judge(services, { ...evidence, events: rest }, now), now)
  return erased
}

/**
 * Order: events that name it or its payments. Payment: its own events. Events that are only linked to them may be another
 * person's and stay.
 */
function eventsOf(
  { kind, id }: ReconciliationKey,
  events: readonly StoredEvent[],
  { results }: Judgement,
): StoredEvent[] {
  const transactions = results
    .flatMap(({ reconciled }) => reconciled.transactions)
    .filter((one) => (kind === 'order' ? one.orderId === id : one.reference === id))
  const references = new Set(transactions.flatMap(({ reference, absorbed }) => [reference, ...absorbed]))
  return events.filter(
    ({ reference, orderId }) =>
      (reference !== null && references.has(reference)) || (kind === 'order' && orderId === id),
  )
}
