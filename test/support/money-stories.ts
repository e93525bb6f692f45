import { camelCased } from '../../src/cli/sample-notifications.ts'
import type { WireFields } from '../../src/providers/provider.ts'
import type { Answer, TimedService } from './timed-service.ts'
import { be2billFields, hipayFields } from './wire.ts'

/**
 * Stories about one order over HTTP: signed notifications, forwarded answers, announcements, an operator's word, and the
 * clock. Times are seconds since the story began; HiPay's amounts are major units, as HiPay writes them.
 */

const account = (provider: string, name: string, more: object = {}) => ({
  provider,
  account: name,
  test: true,
  secrets: [{ id: 'only', value: `secret of ${name}` }],
  ...(provider === 'hipay' ? {} : { identifiers: [name] }),
  ...more,
})

const EXPECTED = { responses: 'expected' }

/** Each promise that an account can make about its traffic, for both providers. */
export const STORY_ACCOUNTS = ['hipay', 'be2bill'].flatMap((provider) => [
  account(provider, `${provider}-told`, EXPECTED),
  account(provider, `${provider}-some`),
  account(provider, `${provider}-silent`, { responses: 'none' }),
  account(provider, `${provider}-pages`, { pageAttempts: 3 }),
  account(provider, `${provider}-numeric`, { ...EXPECTED, numericIds: true }),
  account(provider, `${provider}-echo`, {
    ...EXPECTED,
    echoedIn: provider === 'hipay' ? 'custom_data[call]' : 'EXTRADATA',
  }),
])

type Kind = 'told' | 'some' | 'silent' | 'pages' | 'numeric' | 'echo'
type ProviderName = 'hipay' | 'be2bill'

/** What a HiPay message states; counters in major units. */
export interface Stated {
  /** Which of the story's payments. */
  payment?: number
  authorized?: number
  captured?: number
  refunded?: number
  /** By the provider's clock. */
  at?: number
  /** When the payment began; null: not stated. */
  created?: number | null
  operation?: { id?: string; amount?: number; at?: number }
  more?: WireFields
}

/** What a Be2bill message states. */
export interface Told {
  payment?: number
  operation?: string
  code?: string
  /** Minor units. */
  amount?: number | string
  more?: WireFields
}

/** What an order's JSON says that stories ask for. */
export interface OrderSaid {
  paid: boolean
  paidReason: string
  safeToRetry: boolean
  reason: string
  /** Kinds of what makes a retry unsafe. */
  sources: string[]
  paidTotal: number | null
  refundedTotal: number | null
  chargedBackTotal: number | null
  netTotal: number | null
  announcedTotal: number | null
  /** "class amount" of each open discrepancy, sorted. */
  open: string[]
  /** References, in byte order. */
  payments: string[]
  requests: string[]
  orderId: string
}

export interface TransactionSaid {
  status: string
  reconciliation: string
  authorizedTotal: number | null
  capturedTotal: number | null
  refundedTotal: number | null
  chargedBackTotal: number | null
  overdue: boolean
  open: string[]
  operations: string[]
}

interface Open {
  id: string
  class: string
  amountAtRisk: number | null
  resolvedAt: string | null
  version: number
  formerId: string | null
}

/** What the stories look at in the JSON of orders and transactions; a transaction has no `transactions`. */
interface Body {
  discrepancies: Open[]
  reasonSources: { kind: string; id: string }[]
  transactions?: { reference: string; discrepancies: Open[] }[]
  requests: { outcome: string }[]
  operations: { operation: string; amount: number | null; reconciliation: string }[]
}

export interface Story {
  orderId: string
  account: string
  reference: (payment?: number) => string
  /** That many seconds after the story began, RFC 3339. */
  at: (seconds: number) => string
  /** Let the clock come to that second, sweeping what falls due. */
  until: (seconds: number) => Promise<void>
  hipay: (status: string | number, stated?: Stated) => Promise<void>
  be2bill: (told?: Told) => Promise<void>
  /** Forward an answer of this order; 202 unless another status is expected. */
  answer: (envelope: object, status?: number) => Promise<Answer>
  /** HiPay's answer to a call, as the merchant forwards it. */
  hipayAnswer: (status: string | number, stated?: Stated, envelope?: object) => Promise<Answer>
  be2billAnswer: (told?: Told, envelope?: object) => Promise<Answer>
  lookUp: (status: string | number, stated?: Stated) => Promise<Answer>
  timeOut: (envelope?: object) => Promise<Answer>
  announce: (more?: object, status?: number) => Promise<Answer>
  order: (orderId?: string) => Promise<OrderSaid>
  transaction: (payment?: number) => Promise<TransactionSaid>
  discrepancies: (orderId?: string) => Promise<Open[]>
  resolve: (of: Pick<Open, 'id'>, more?: object, status?: number) => Promise<Answer>
}

let stories = 0

export function tellStory(
  service: TimedService,
  provider: ProviderName,
  kind: Kind = 'told',
  named?: string,
): Story {
  const turn = ++stories
  const orderId = named ?? `S-${turn}`
  const name = `${provider}-${kind}`
  const base = service.clock.now().getTime()
  const at = (seconds: number): string => new Date(base + seconds * 1_000).toISOString()
  const reference = (payment = 1): string =>
    provider === 'hipay'
      ? `9${String(turn).padStart(8, '0')}${String(payment).padStart(3, '0')}`
      : `A${turn}P${payment}`
  const about = { provider, account: name, orderId }
  const notify = async (fields: WireFields): Promise<void> => {
    const { status } = await service.notify(provider, name, fields)
    if (status !== 200) throw new Error(`the notification was answered ${status}`)
    await service.settle()
  }
  const ask = async (path: string): Promise<Answer> => {
    const answer = await service.call('GET', path)
    if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer)}`)
    return answer
  }
  const post = async (path: string, body: object, expected: readonly number[]): Promise<Answer> => {
    const answer = await service.call('POST', path, body)
    if (!expected.includes(answer.status)) throw new Error(`${path}: ${JSON.stringify(answer)}`)
    await service.settle()
    return answer
  }
  const hipayFieldsOf = (status: string | number, stated: Stated): WireFields => {
    const { payment, authorized, captured = 0, refunded = 0, created = 0, operation } = stated
    return hipayFields({
      transaction_reference: reference(payment),
      ...(created === null ? {} : { date_created: wireTime(at(created)) }),
      date_updated: wireTime(at(stated.at ?? 0)),
      status: String(status),
      authorized_amount: major(authorized ?? (REFUSED.includes(String(status)) ? 0 : 100)),
      captured_amount: major(captured),
      refunded_amount: major(refunded),
      ...(operation && { operation: operationFields(operation, at) }),
      ...stated.more,
      order: { id: orderId, ...(stated.more?.['order'] as WireFields | undefined) },
    })
  }
  let answers = 0
  const answer = async (envelope: object, status = 202): Promise<Answer> => {
    const said = await fetch(`${service.url}/v1/responses`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${service.apiKey}`,
        'content-type': 'application/json',
        // Each is a call of its own, whatever it says.
        'idempotency-key': `story-${turn}-${++answers}`,
      },
      body: JSON.stringify({ ...about, ...envelope }),
    })
    const body = (await said.json()) as Answer['body']
    if (said.status !== status) throw new Error(`/v1/responses: ${said.status} ${JSON.stringify(body)}`)
    await service.settle()
    return { status, body }
  }
  const discrepancies = async (id = orderId): Promise<Open[]> => {
    const { body } = await ask(`/v1/orders/${provider}/${name}/${encodeURIComponent(id)}`)
    return openOf(body as unknown as Body)
  }
  return {
    orderId,
    account: name,
    reference,
    at,
    until: async (seconds) => {
      await service.pass(base + seconds * 1_000 - service.clock.now().getTime())
    },
    hipay: async (status, stated = {}) => notify(hipayFieldsOf(status, stated)),
    be2bill: async ({ payment, operation = 'payment', code = '0000', amount = 10_000, more } = {}) =>
      notify(
        be2billFields({
          IDENTIFIER: name,
          OPERATIONTYPE: operation,
          TRANSACTIONID: reference(payment),
          ORDERID: orderId,
          EXECCODE: code,
          AMOUNT: String(amount),
          ...more,
        }),
      ),
    answer,
    hipayAnswer: async (status, stated = {}, envelope = {}) =>
      answer({ body: camelCased(hipayFieldsOf(status, stated)), ...envelope }),
    be2billAnswer: async (
      { payment, operation = 'payment', code = '0000', amount = 10_000 } = {},
      envelope,
    ) =>
      answer({
        ...{ operation, amount, currency: 'EUR' },
        body: { OPERATIONTYPE: operation, TRANSACTIONID: reference(payment), EXECCODE: code, MESSAGE: 'm' },
        ...envelope,
      }),
    lookUp: async (status, stated = {}) =>
      answer({ body: { transaction: camelCased(hipayFieldsOf(status, stated)) } }),
    timeOut: async (envelope = {}) =>
      answer({ operation: 'payment', amount: 10_000, currency: 'EUR', error: 'timeout', ...envelope }),
    announce: async (more = {}, status) =>
      post(
        '/v1/expectations',
        { ...about, channel: 'direct', amount: 10_000, currency: 'EUR', ...more },
        status === undefined ? [200, 201] : [status],
      ),
    discrepancies,
    order: async (id = orderId) => {
      const { body } = await ask(`/v1/orders/${provider}/${name}/${encodeURIComponent(id)}`)
      const { reasonSources, transactions = [], requests } = body as unknown as Body
      return {
        ...(body as unknown as OrderSaid),
        sources: reasonSources.map((source) => source.kind),
        open: openWords(body as unknown as Body),
        payments: transactions.map((transaction) => transaction.reference),
        requests: requests.map(({ outcome }) => outcome),
      }
    },
    transaction: async (payment) => {
      const { body } = await ask(`/v1/transactions/${provider}/${name}/${reference(payment)}`)
      const said = body as unknown as Body
      return {
        ...(body as unknown as TransactionSaid),
        open: openWords(said),
        operations: said.operations.map(
          ({ operation, amount, reconciliation }) => `${operation} ${String(amount)} ${reconciliation}`,
        ),
      }
    },
    resolve: async ({ id }, more = {}, status = 200) =>
      post(`/v1/discrepancies/${id}/resolve`, { note: 'looked at it', ...more }, [status]),
  }
}

const REFUSED = ['109', '110', '111', '113', '163', '178']

/** An order's own and those of its transactions, each once. */
function openOf({ discrepancies, transactions = [] }: Body): Open[] {
  const all = [discrepancies, ...transactions.map((transaction) => transaction.discrepancies)].flat()
  const open = all.filter(({ resolvedAt }) => resolvedAt === null)
  return [...new Map(open.map((found) => [found.id, found])).values()]
}

const openWords = (body: Body): string[] =>
  openOf(body)
    .map((found) => `${found.class} ${String(found.amountAtRisk)}`)
    .toSorted()

const major = (amount: number): string => amount.toFixed(2)

const wireTime = (time: string): string => time.replace(/\.\d+Z$/, '+0000')

function operationFields(
  { id, amount, at: made }: NonNullable<Stated['operation']>,
  at: Story['at'],
): WireFields {
  return {
    ...(id !== undefined && { id }),
    ...(amount !== undefined && { amount: major(amount) }),
    ...(made !== undefined && { date: wireTime(at(made)) }),
  }
}
