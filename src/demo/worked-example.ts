import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AccountPolicy } from '../domain/account-policy.ts'
import type { DiscrepancyClass, Reconciliation, Status } from '../domain/transaction.ts'
import type { ProviderName } from '../domain/transaction-event.ts'
import type { Announcement } from '../cli/delivery.ts'
import type { ResponseEnvelope, WireFields } from '../providers/provider.ts'

/**
 * A worked example of docs/transaction-lifecycle.md: what is told about a payment, and what must be believed of it in
 * whatever order it arrives. The tests play all of them, the demonstration a dozen. They are fixtures, so both need a
 * checkout, as the demonstration does anyway for its PostgreSQL; the image carries neither.
 */
export interface WorkedExample {
  /** "H13", "B17": the beginning of the file's name. */
  id: string
  why: string
  provider: ProviderName
  account: Pick<AccountPolicy, 'responses' | 'expectations' | 'test'> & { merchantIds?: string[] }
  /** Whether what is awaited has become overdue. */
  clock: 'before_deadlines' | 'after_deadlines'
  inputs: ExampleInput[]
  expect: {
    transactions: {
      reference: string
      status: Status
      authorizedTotal: number | null
      capturedTotal: number | null
      refundedTotal: number | null
      reconciliation: Reconciliation
    }[]
    /** Null: nothing names an order. */
    order: { paid: boolean; safeToRetry: boolean } | null
    /** Classes of everything open, at the transactions or at the order. */
    discrepancies: DiscrepancyClass[]
  }
}

export type ExampleInput = ExampleNotification | ExampleResponse | ExampleExpectation

/** The rest are the provider's own fields; HiPay's order id stands flat, as `order_id`. */
export interface ExampleNotification extends WireFields {
  kind: 'notification'
}

export interface ExampleResponse {
  kind: 'response'
  envelope: ResponseEnvelope
  httpStatus?: number
  error?: 'timeout' | 'network'
  body?: WireFields
}

export interface ExampleExpectation extends Omit<Announcement, 'provider' | 'account'> {
  kind: 'expectation'
}

const FOLDER = new URL('../../test/fixtures/scenarios/', import.meta.url)

/** `file` is the path below the folder of fixtures without its ending, as in "hipay/H22-voided-authorization". */
export const readExample = (file: string): WorkedExample =>
  JSON.parse(readFileSync(new URL(`${file}.json`, FOLDER), 'utf8')) as WorkedExample

/** Every example of `provider` (hipay, be2bill), by file name. */
export const readExamples = (provider: string): WorkedExample[] =>
  readdirSync(fileURLToPath(new URL(provider, FOLDER)))
    .toSorted()
    .map((file) => readExample(`${provider}/${file.slice(0, -'.json'.length)}`))

export type ExampleAccount = `example-${string}`

/** Each is played in an account of its own, since each has its own policy. */
export const accountNameOf = ({ id }: WorkedExample): ExampleAccount => `example-${id.toLowerCase()}`

/** Its entry in the accounts file. */
export const exampleAccount = (example: WorkedExample, secret: string) => ({
  provider: example.provider,
  account: accountNameOf(example),
  ...example.account,
  ...(example.provider === 'hipay' ? {} : { identifiers: ['Demo Shop'] }),
  secrets: [{ id: 'only', value: secret }],
})

/** The fields of a notification as its provider writes them. */
export function wireFieldsOf({ kind: _kind, order_id: orderId, ...fields }: ExampleNotification): WireFields {
  return typeof orderId === 'string' ? { ...fields, order: { id: orderId } } : fields
}

/** The order that the example's answers are about: the notifications' one first. Null when nothing names one. */
export function orderIdOf({ inputs }: WorkedExample): string | null {
  const named = inputs.map((input) => ({ notified: input.kind === 'notification', id: orderIdIn(input) }))
  const [first] = [...named.filter(({ notified }) => notified), ...named].flatMap(({ id }) => id ?? [])
  return first ?? null
}

function orderIdIn(input: ExampleInput): string | undefined {
  if (input.kind === 'response') return input.envelope.orderId
  if (input.kind === 'expectation') return input.orderId
  const id = input['order_id'] ?? input['ORDERID']
  return typeof id === 'string' ? id : undefined
}

/** Names of the fields that hold a reference or an order id, whichever side says it. */
const NAMING = new Set([
  'orderId',
  'order_id',
  'ORDERID',
  'parentReference',
  'reference',
  'transactionReference',
  'transaction_reference',
  'TRANSACTIONID',
])

/** The same under other names: `suffix` at the end of every reference and order id. Operation ids stay as they are. */
export function renamed<Value>(value: Value, suffix: string, field = ''): Value {
  if (Array.isArray(value)) return value.map((item: unknown) => renamed(item, suffix, field)) as Value
  if (typeof value === 'string' && NAMING.has(field)) return `${value}${suffix}` as Value
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]: [string, unknown]): [string, unknown] => [
    name,
    // order: { id } is the only nested id that names an order.
    renamed(member, suffix, field === 'order' && name === 'id' ? 'orderId' : name),
  ])
  return Object.fromEntries(members) as Value
}
