import { DisjointSets, tiesOf } from './identity/ties.ts'
import type { Naming, Ties } from './identity/ties.ts'
import type { Expectation, Resolution, StoredEvent } from './event/evidence.ts'
import type { AccountScope, ReconciliationScope } from './records.ts'

/** What was read together: of several accounts, and of orders that need not have anything in common. */
export interface ReadTogether {
  events: readonly StoredEvent[]
  expectations: readonly (Expectation & AccountScope)[]
  resolutions: readonly (Resolution & AccountScope & Pick<Naming, 'orderId'> & { reference: string | null })[]
  /** Transactions and orders whose rows the result replaces. */
  references: readonly (AccountScope & { id: string })[]
  orders: readonly (AccountScope & { id: string })[]
}

/**
 * One scope per set of messages that have something in common. What merely happened to be read in the same batch must
 * not be judged together: an operation id, which merchants number per order, would find a neighbour's payment.
 */
export function connectedSets(read: ReadTogether): ReconciliationScope[] {
  const { events, expectations, resolutions, references, orders } = read
  const tied = [
    ...references.map((key) => namesOf(key, { references: [key.id], orderIds: [] })),
    ...orders.map((key) => namesOf(key, { references: [], orderIds: [key.id] })),
    ...[...events, ...expectations].map((one) => namesOf(one, tiesOf(one))),
  ]
  const sets = new DisjointSets()
  for (const names of tied) sets.join(names)
  const scopes = new Map<string, ReconciliationScope>()
  const scopeOf = (account: AccountScope, named: Naming): ReconciliationScope => {
    const set = sets.find(namesOf(account, tiesOf(named)))
    const scope = scopes.get(set) ?? emptyScope(account)
    scopes.set(set, scope)
    return scope
  }
  for (const event of events) scopeOf(event, event).events.push(event)
  for (const expectation of expectations) scopeOf(expectation, expectation).expectations.push(expectation)
  for (const resolution of resolutions)
    scopeOf(resolution, { ...resolution, parentReference: null }).resolutions.push(resolution)
  for (const key of references)
    scopeOf(key, { reference: key.id, parentReference: null, orderId: null }).references.push(key.id)
  for (const key of orders) scopeOf(key, { parentReference: null, orderId: key.id }).orderIds.push(key.id)
  return [...scopes.values()]
}

const namesOf = ({ provider, account }: AccountScope, { references, orderIds }: Ties): string[] => [
  ...references.map((id) => `${provider}:${account}:reference:${id}`),
  ...orderIds.map((id) => `${provider}:${account}:order:${id}`),
]

const emptyScope = ({ provider, account }: AccountScope): ReconciliationScope => ({
  provider,
  account,
  events: [],
  expectations: [],
  resolutions: [],
  references: [],
  orderIds: [],
})
