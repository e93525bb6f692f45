import { fallbackKey } from '../../domain/identity/references.ts'
import type { ReconciliationScope } from '../../domain/records.ts'
import type { Evidence } from '../evidence.ts'
import type { Connected, Key } from '../keys.ts'

/**
 * One scope per set of messages that have something in common. What merely happened to be read in the same batch must
 * not be judged together: an operation id, which merchants number per order, would find a neighbour's payment.
 */
export function connectedSets(evidence: Evidence, { references, orders }: Connected): ReconciliationScope[] {
  const sets = new Sets()
  for (const key of references) sets.join(referenceNode(key))
  for (const key of orders) sets.join(orderNode(key))
  for (const said of [...evidence.events, ...evidence.expectations]) sets.join(...nodesOf(said))
  const scopes = new Map<string, ReconciliationScope>()
  const scopeOf = (about: Account, ...nodes: string[]): ReconciliationScope =>
    entry(scopes, sets.find(nodes), about)
  for (const event of evidence.events) scopeOf(event, ...nodesOf(event)).events.push(event)
  for (const expectation of evidence.expectations)
    scopeOf(expectation, ...nodesOf(expectation)).expectations.push(expectation)
  for (const resolution of evidence.resolutions)
    scopeOf(resolution, ...nodesOf(resolution)).resolutions.push(resolution)
  for (const key of references) scopeOf(key, referenceNode(key)).references.push(key.id)
  for (const key of orders) scopeOf(key, orderNode(key)).orderIds.push(key.id)
  return [...scopes.values()]
}

type Account = Pick<Key, 'provider' | 'account'>

interface LinkedFact extends Account {
  reference?: string | null
  parentReference?: string | null
  orderId: string | null
  operationId?: string | null
}

const accountText = ({ provider, account }: Account): string => `${provider}:${account}`
const referenceNode = (key: Key): string => `${accountText(key)}:reference:${key.id}`
const orderNode = (key: Key): string => `${accountText(key)}:order:${key.id}`

function nodesOf(said: LinkedFact): string[] {
  const { provider, account, reference = null, parentReference = null, orderId, operationId = null } = said
  const filed = fallbackKey({ reference, parentReference, orderId, operationId })
  const named = [reference, filed].flatMap((id) =>
    id === null ? [] : referenceNode({ provider, account, id }),
  )
  return orderId === null ? named : [...named, orderNode({ provider, account, id: orderId })]
}

function entry(
  scopes: Map<string, ReconciliationScope>,
  name: string,
  { provider, account }: Account,
): ReconciliationScope {
  const known = scopes.get(name)
  if (known) return known
  const lists = { events: [], expectations: [], resolutions: [], references: [], orderIds: [] }
  const scope: ReconciliationScope = { provider, account, ...lists }
  scopes.set(name, scope)
  return scope
}

/** Disjoint sets of names. */
class Sets {
  readonly #above = new Map<string, string>()

  /** Put all the names into one set. */
  join(...names: readonly string[]): void {
    const [first, ...others] = names
    if (first === undefined) return
    const top = this.#top(first)
    for (const other of others) this.#above.set(this.#top(other), top)
    this.#above.set(top, top)
  }

  /** The set of the first of these names that is in one. */
  find(names: readonly string[]): string {
    return this.#top(names.find((name) => this.#above.has(name)) ?? names[0] ?? '')
  }

  #top(name: string): string {
    let top = name
    for (;;) {
      const above = this.#above.get(top) ?? top
      if (above === top) break
      top = above
    }
    this.#above.set(name, top)
    return top
  }
}
