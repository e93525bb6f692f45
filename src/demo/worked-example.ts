import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AccountPolicy } from '../domain/event/account-policy.ts'
import type { ProviderName } from '../domain/event/transaction-event.ts'
import type { ExpectedTransaction, Message, Scenario } from './scenario.ts'

/**
 * A worked example of docs/transaction-lifecycle.md: a scenario whose state must be the same in whatever order the inputs
 * arrive. The tests play all of them, the demonstration a dozen. They are fixtures, so both need a checkout, as the
 * demonstration does anyway for its PostgreSQL; the image carries neither.
 */
export interface WorkedExample extends Pick<Scenario, 'inputs' | 'expect'> {
  /** "H13", "B17": the beginning of the file's name. */
  id: string
  why: string
  provider: ProviderName
  account: Pick<AccountPolicy, 'responses' | 'expectations' | 'test'> & { merchantIds?: string[] }
  /** Whether what is awaited has become overdue. */
  clock: 'before_deadlines' | 'after_deadlines'
  inputs: Message[]
  /** Complete: files leave nothing out. */
  expect: Required<Omit<Scenario['expect'], 'unknown' | 'transactions'>> & {
    transactions: Required<Omit<ExpectedTransaction, 'account' | 'events'>>[]
  }
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

/** Each is played in an account of its own, since each has its own policy. */
export const accountNameOf = ({ id }: WorkedExample): string => `example-${id.toLowerCase()}`

/** Its entry in the accounts file. */
export const exampleAccount = (example: WorkedExample, secret: string) => ({
  provider: example.provider,
  account: accountNameOf(example),
  ...example.account,
  ...(example.provider === 'hipay' ? {} : { identifiers: ['Demo Shop'] }),
  secrets: [{ id: 'only', value: secret }],
})

/** Names of the fields that hold a reference or an order id in messages, announcements and expectations. */
const NAMING = new Set([
  'orderId',
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
