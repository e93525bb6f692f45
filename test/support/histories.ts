import fc from 'fast-check'
import { camelCased, majorUnits } from '../../src/cli/sample-notifications.ts'
import type { StoredEvent } from '../../src/domain/event/evidence.ts'
import type { SignOptions, Translation, WireFields } from '../../src/providers/provider.ts'
import { providerOf } from '../../src/providers/registry.ts'
import type { Forwarded, Parts } from './parts.ts'
import { be2billFields, hipayFields } from './wire.ts'

/** Messages of both providers as they come off the wire, drawn at random from few orders, payments and amounts. */

export type Message =
  | { kind: 'notification'; provider: 'hipay' | 'be2bill'; fields: WireFields; options: SignOptions }
  | { kind: 'answer'; provider: 'hipay' | 'be2bill'; forwarded: Forwarded; key?: string }

/** Names stand for themselves until `inRun` makes them a run's own. */
const orderId = fc.constantFrom('O1', 'O1', 'O2')
const be2billReference = fc.constantFrom('A1', 'A2', 'A3', 'A4')
const hipayReference = fc.constantFrom('900000000001', '900000000002')
const amount = fc.constantFrom(1000, 2500)

const be2billNotification = fc
  .record({
    OPERATIONTYPE: fc.constantFrom('payment', 'payment', 'authorization', 'capture', 'refund'),
    TRANSACTIONID: be2billReference,
    ORDERID: orderId,
    EXECCODE: fc.constantFrom('0000', '0000', '0000', '4001', '5004', '0001'),
    AMOUNT: amount.map(String),
  })
  .map((fields): Message => ({
    kind: 'notification',
    provider: 'be2bill',
    fields: be2billFields(fields),
    options: {},
  }))

const be2billAnswer = fc
  .record({
    operation: fc.constantFrom('payment', 'authorization', 'capture', 'refund'),
    reference: fc.option(be2billReference),
    parentReference: fc.option(be2billReference),
    orderId,
    code: fc.constantFrom('0000', '0000', '4001', '1001', '5004', '0001', '5002'),
    amount,
  })
  .map(({ operation, reference, parentReference, orderId: order, code, amount: asked }): Message => ({
    kind: 'answer',
    provider: 'be2bill',
    forwarded: {
      orderId: order,
      operation,
      amount: asked,
      currency: 'EUR',
      httpStatus: 200,
      ...(operation === 'capture' || operation === 'refund'
        ? { parentReference: parentReference ?? undefined }
        : {}),
      body: {
        OPERATIONTYPE: operation,
        EXECCODE: code,
        MESSAGE: 'm',
        ...(reference === null ? {} : { TRANSACTIONID: reference }),
      },
    },
  }))

const euros = (minor: number): string => majorUnits(minor, 'EUR')

const hipayNotification = fc
  .record({
    status: fc.constantFrom(
      '111',
      '113',
      '115',
      '116',
      '117',
      '118',
      '118',
      '124',
      '125',
      '126',
      '140',
      '188',
    ),
    reference: hipayReference,
    order: orderId,
    second: fc.integer({ min: 0, max: 3 }),
    authorized: fc.constantFrom(0, 5000),
    captured: fc.constantFrom(0, 1000, 2500, 5000),
    refunded: fc.constantFrom(0, 1000),
    operationId: fc.option(fc.constantFrom('op1', 'op2')),
    encoding: fc.constantFrom('form' as const, 'xml' as const),
  })
  .map((given): Message => ({
    kind: 'notification',
    provider: 'hipay',
    options: { encoding: given.encoding },
    fields: hipayFields({
      status: given.status,
      transaction_reference: given.reference,
      date_updated: `2026-04-01T10:00:0${String(given.second)}+0000`,
      authorized_amount: euros(given.authorized),
      captured_amount: euros(given.captured),
      refunded_amount: euros(given.refunded),
      order: { id: given.order },
      ...(given.operationId === null
        ? {}
        : {
            operation: {
              type: given.status >= '124' && given.status <= '126' ? 'refund' : 'capture',
              // Merchants number their calls per order.
              id: `${given.operationId}-${given.order}`,
              reference: `81${given.reference}`,
              amount: '10.00',
              currency: 'EUR',
            },
          }),
    }),
  }))

const hipayAnswer = fc
  .record({
    status: fc.constantFrom('113', '116', '117', '118', '140', '163'),
    reference: hipayReference,
    order: orderId,
    second: fc.integer({ min: 0, max: 3 }),
    captured: fc.constantFrom(0, 5000),
  })
  .map(({ status, reference, order, second, captured }): Message => ({
    kind: 'answer',
    provider: 'hipay',
    forwarded: {
      orderId: order,
      httpStatus: 200,
      body: camelCased(
        hipayFields({
          status,
          transaction_reference: reference,
          date_updated: `2026-04-01T10:00:0${String(second)}+0000`,
          captured_amount: euros(captured),
          order: { id: order },
        }),
      ),
    },
  }))

/** A call whose outcome no answer told: of a payment by its order, of a later step by the payment it acted on. */
const cutOff = fc
  .record({
    provider: fc.constantFrom('hipay' as const, 'be2bill' as const),
    operation: fc.constantFrom('payment', 'capture', 'refund'),
    parent: fc.integer({ min: 1, max: 4 }),
    named: fc.boolean(),
    orderId: fc.option(orderId),
    amount: fc.option(amount),
    operationId: fc.option(fc.constantFrom('op1', 'op2')),
  })
  .map((given): Message => {
    const step = given.operation !== 'payment'
    const parent =
      given.provider === 'hipay' ? `90000000000${String(given.parent)}` : `A${String(given.parent)}`
    const order = given.orderId ?? (step && given.named ? undefined : 'O1')
    return {
      kind: 'answer',
      provider: given.provider,
      forwarded: {
        operation: given.operation,
        error: 'timeout',
        orderId: order,
        ...(given.operationId === null || order === undefined
          ? {}
          : { operationId: `${given.operationId}-${order}` }),
        ...(step && given.named ? { parentReference: parent } : {}),
        ...(given.amount === null ? {} : { amount: given.amount, currency: 'EUR' }),
      },
    }
  })

export const message: fc.Arbitrary<Message> = fc.oneof(
  { arbitrary: be2billNotification, weight: 4 },
  { arbitrary: be2billAnswer, weight: 3 },
  { arbitrary: hipayNotification, weight: 4 },
  { arbitrary: hipayAnswer, weight: 2 },
  { arbitrary: cutOff, weight: 2 },
)

/** The same under names that no other run uses. */
export function named<Value>(run: number, given: Value): Value {
  const text = JSON.stringify(given)
    .replace(/"(O[1-9])"/g, `"$1/${String(run)}"`)
    .replace(/"(op[1-9]-O[1-9])"/g, `"$1/${String(run)}"`)
    .replace(/"(A[1-9])"/g, `"$1-${String(run)}"`)
    .replace(/"(81)?90000000000([1-9])"/g, `"$190${String(run).padStart(9, '0')}$2"`)
  return JSON.parse(text) as Value
}

/** A message of a run; an answer is its `index`-th call, however alike they are. */
export function inRun(run: number, given: Message, index: number): Message {
  const mine = named(run, given)
  return mine.kind === 'answer' ? { ...mine, key: `${String(run)}:${String(index)}` } : mine
}

/** Receive it as the edge would. */
export const deliver = async (parts: Parts, given: Message): Promise<string> =>
  given.kind === 'notification'
    ? parts.notify(given.provider, 'shop', given.fields, given.options)
    : parts.answer(given.provider, 'shop', given.forwarded, given.key)

/** The events that the adapters draw from it; two answers are two calls by their `index`. */
export function eventsOf(
  { accounts }: Pick<Parts, 'accounts'>,
  given: Message,
  index: number,
  receivedAt: Date,
): StoredEvent[] {
  const translation = translated({ accounts }, given, receivedAt)
  if (!translation.readable) throw new Error(translation.detail)
  return translation.events.map((event) => ({ ...event, id: `e${index}`, inboxId: `i${index}` }))
}

function translated({ accounts }: Pick<Parts, 'accounts'>, given: Message, receivedAt: Date): Translation {
  const account = accounts.find(given.provider, 'shop')!
  const provider = providerOf(given.provider)!
  if (given.kind === 'notification') {
    const content = provider.sign(given.fields, account, given.options).body
    return provider.translate({ content, receivedAt }, account)
  }
  const { body, ...envelope } = given.forwarded
  const content = Buffer.from(typeof body === 'object' ? JSON.stringify(body) : (body ?? ''))
  return provider.translateResponse({ envelope, content, receivedAt }, account)
}
