import { reconcile } from '../../src/domain/reconcile.ts'
import { clockOf, evidenceOf, policyOf, type Scenario, type ScenarioInput } from './scenarios.ts'
import type { TestService } from './service.ts'

/** Worked examples as traffic: each in an account of its own, each playing under references and orders of its own. */

/** Account slugs are lower-case letters, digits and dashes. */
export const slugOf = ({ id }: Scenario): string => id.toLowerCase()

export const accountOf = (scenario: Scenario): object => ({
  provider: scenario.provider,
  account: slugOf(scenario),
  ...scenario.account,
  ...(scenario.provider === 'hipay' ? {} : { identifiers: ['Demo Shop'] }),
  secrets: [{ id: 'only', value: `for-tests-only-${scenario.id}` }],
})

/** The order that the example's answers are about; null when it has none. */
export function orderIdOf(scenario: Scenario): string | null {
  const evidence = evidenceOf(scenario)
  const { orders } = reconcile({
    events: evidence.flatMap(({ events }) => events),
    expectations: evidence.flatMap(({ expectations }) => expectations),
    resolutions: [],
    policy: policyOf(scenario),
    now: clockOf(scenario),
  })
  return scenario.expect.order === null ? null : (orders[0]?.orderId ?? null)
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

/** The same inputs under other names: nothing of one playing is tied to another, though the operation ids are equal. */
export function renamed<Value>(value: Value, playing: string, field = ''): Value {
  if (Array.isArray(value)) return value.map((item: unknown) => renamed(item, playing, field)) as Value
  if (typeof value === 'string' && NAMING.has(field)) return `${value}${playing}` as Value
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]: [string, unknown]): [string, unknown] => [
    name,
    // order: { id } is the only nested id that names an order.
    renamed(member, playing, field === 'order' && name === 'id' ? 'orderId' : name),
  ])
  return Object.fromEntries(members) as Value
}

/** Send one input over HTTP; `key` tells equal answers apart, and is the same when the same is sent again. */
export async function send(
  service: TestService,
  scenario: Scenario,
  input: ScenarioInput,
  key: string,
): Promise<void> {
  const answer = await post(service, scenario, input, key)
  if (answer.status >= 300) throw new Error(`${scenario.id}: ${answer.status} ${await answer.text()}`)
  await answer.arrayBuffer()
}

async function post(
  service: TestService,
  scenario: Scenario,
  input: ScenarioInput,
  key: string,
): Promise<Response> {
  const about = { provider: scenario.provider, account: slugOf(scenario) }
  if (input.kind === 'notification') {
    const { kind: _kind, order_id: orderId, ...fields } = input
    // The examples write the order id flat; on HiPay's wire it is nested.
    const wire = typeof orderId === 'string' ? { ...fields, order: { id: orderId } } : fields
    return service.notify(about.provider, about.account, wire)
  }
  if (input.kind === 'expectation') {
    const { kind: _kind, ...announcement } = input
    return service.api('/v1/expectations', {
      method: 'POST',
      body: JSON.stringify({ ...about, ...announcement }),
    })
  }
  const { kind: _kind, envelope, ...answer } = input
  return service.api('/v1/responses', {
    method: 'POST',
    headers: { 'idempotency-key': key },
    body: JSON.stringify({ ...about, ...envelope, ...answer }),
  })
}
