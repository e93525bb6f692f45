import { publicCodeOfV3 } from './codes.ts'
import type { Fields, Node } from './fields.ts'
import { wordAt } from './fields.ts'

/**
 * The transactions in an answer to a question about transactions, in the notifications' names; null when the answer
 * is of another kind. `GET /v1/transaction` answers one object, a list, an index-keyed object, or nothing (`{}`);
 * V3 answers one transaction, or `transactions` of an order or a search.
 */
export function inquiredTransactions(fields: Fields): Fields[] | null {
  if (fields.size === 0) return []
  if (isV3Transaction(fields)) return [fromV3(fields)]
  const listed = [...fields].filter(([name]) => /^transactions?(?:\[\d+\])?$/.test(name))
  return listed.length === 0 ? null : listed.flatMap(([, node]) => transactionsIn(node))
}

function transactionsIn(node: Node): Fields[] {
  if (typeof node === 'string') return []
  if (node.has('transaction_reference')) return [node]
  if (isV3Transaction(node)) return [fromV3(node)]
  return [...node.values()].flatMap(transactionsIn)
}

function isV3Transaction(fields: Fields): boolean {
  return (
    fields.has('id') && fields.has('status') && fields.has('state') && !fields.has('transaction_reference')
  )
}

/** Where V3 keeps what notifications name otherwise. Everything else of V3 (customer, addresses, device) is left out. */
const V3_SOURCES: readonly (readonly [target: string, name: string, key?: string])[] = [
  ['transaction_reference', 'id'],
  ['state', 'state'],
  ['mid', 'mid'],
  ['date_updated', 'date_updated'],
  ['authorized_amount', 'authorized_amount'],
  ['captured_amount', 'captured_amount'],
  ['refunded_amount', 'refunded_amount'],
  ['chargebacked_amount', 'chargebacked_amount'],
  ['decimals', 'decimals'],
  ['currency', 'currency'],
  ['payment_product', 'payment_product', 'name'],
  ['reason[code]', 'reason', 'code'],
  ['reason[message]', 'reason', 'reason'],
  ['order[id]', 'merchant_order_id'],
  ['payment_method[pan]', 'card', 'pan'],
  ['payment_method[brand]', 'card', 'scheme'],
  ['payment_method[card_expiry_month]', 'card', 'expiry_month'],
  ['payment_method[card_expiry_year]', 'card', 'expiry_year'],
  ['payment_method[issuer]', 'issuer', 'institution'],
  ['payment_method[country]', 'issuer', 'country'],
  ['three_d_secure[eci]', 'authentication', 'eci'],
  ['three_d_secure[enrollment_status]', 'authentication', 'enrollment_status'],
  ['three_d_secure[authentication_status]', 'authentication', 'authentication_status'],
  ['three_d_secure[authentication_message]', 'authentication', 'authentication_message'],
  ['three_d_secure[version]', 'authentication', 'three_ds_version'],
  ['three_d_secure[liability_shift]', 'authentication', 'three_ds_liability'],
  ['fraud_screening[scoring]', 'fraud_screening', 'score'],
  ['fraud_screening[result]', 'fraud_screening', 'result'],
  ['fraud_screening[review]', 'fraud_screening', 'review'],
]

function fromV3(source: Fields): Fields {
  const fields: Fields = new Map()
  for (const [target, name, key] of V3_SOURCES) {
    const word = wordAt(source, name, key)
    if (word !== null) put(fields, target, word)
  }
  const status = wordAt(source, 'status')
  if (status !== null) fields.set('status', publicCodeOfV3(status))
  return fields
}

/** `order[id]` into the object `order`. */
function put(fields: Fields, target: string, word: string): void {
  const [name = '', key] = target.split(/[[\]]/)
  if (key === undefined) {
    fields.set(name, word)
    return
  }
  const child = fields.get(name)
  const object = child instanceof Map ? child : new Map<string, Node>()
  object.set(key, word)
  fields.set(name, object)
}
