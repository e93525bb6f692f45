import { HIPAY_MESSAGES, majorUnits } from '../cli/sample-notifications.ts'
import type { WireFields } from '../providers/provider.ts'
import type { AnnouncementStep, NotificationStep, ResponseStep } from './scenario.ts'
import {
  wireFieldsOf,
  type ExampleExpectation,
  type ExampleInput,
  type ExampleNotification,
  type ExampleResponse,
} from './worked-example.ts'

/** The inputs of worked examples as steps that can be sent, and in the words of the providers. */

/** `key` tells equal answers apart, and is the same when the same input is sent again. */
export function stepOf(input: ExampleInput, key: string): NotificationStep | ResponseStep | AnnouncementStep {
  if (input.kind === 'notification') return notified(input)
  return input.kind === 'expectation' ? announced(input) : answered(input, key)
}

function notified(input: ExampleNotification): NotificationStep {
  return { send: 'notification', says: notificationWords(input), fields: wireFieldsOf(input), answers: 200 }
}

function announced(input: ExampleExpectation): AnnouncementStep {
  const { kind: _kind, ...announcement } = input
  const { operation = 'payment', channel = 'direct', amount, currency = '' } = announcement
  return {
    send: 'announcement',
    says: words(`${operation} announced, ${channel}`, minorWords(amount, currency)),
    announcement,
    answers: 201,
  }
}

function answered(input: ExampleResponse, key: string): ResponseStep {
  const { kind: _kind, envelope, ...answer } = input
  const forwarding = { ...envelope, ...answer }
  return {
    send: 'response',
    says: answerWords(input),
    forwarding,
    idempotencyKey: key,
    answers: 202,
  }
}

function notificationWords(fields: WireFields): string {
  const status = textOf(fields, 'status')
  if (status !== '') return words(hipayCode(status), hipayMoney(fields))
  const what = textOf(fields, 'CHARGEBACKSTATUS') || be2billCode(fields)
  const amount = textOf(fields, 'CHARGEBACKAMOUNT') || textOf(fields, 'AMOUNT')
  return words(what, minorWords(Number(amount), textOf(fields, 'CURRENCY')))
}

function answerWords({ envelope, httpStatus = 200, error, body = {} }: ExampleResponse): string {
  const { amount, currency = textOf(body, 'currency') } = envelope
  const [status, code] = [textOf(body, 'status'), textOf(body, 'code')]
  if (error !== undefined) return `no answer: ${error}`
  if (code !== '') return `HTTP ${httpStatus}, error ${code}`
  if (textOf(body, 'EXECCODE') !== '') return words(be2billCode(body), minorWords(amount, currency))
  if (status !== '') return words(hipayCode(status), minorWords(amount, currency))
  return textOf(body, 'forwardUrl') === '' ? `HTTP ${httpStatus}` : 'a payment page was made'
}

const hipayCode = (status: string): string => `${status} ${HIPAY_MESSAGES[status] ?? ''}`.trimEnd()

const be2billCode = (fields: WireFields): string =>
  `${textOf(fields, 'OPERATIONTYPE')} ${textOf(fields, 'EXECCODE')}`

/** The operation's own amount, else the furthest of the cumulative ones; '' where none has moved. */
function hipayMoney(fields: WireFields): string {
  const { operation } = fields
  const own = typeof operation === 'object' ? textOf(operation, 'amount') : ''
  const cumulative = ['refunded_amount', 'captured_amount', 'authorized_amount']
  const moved = cumulative.map((name) => textOf(fields, name)).find((amount) => Number(amount) > 0) ?? ''
  const amount = own || moved
  return amount === '' ? '' : `${amount} ${textOf(fields, 'currency')}`
}

const minorWords = (amount: number | undefined, currency: string): string =>
  amount === undefined ? '' : `${majorUnits(amount, currency)} ${currency}`

/** '' where the field is missing or has fields of its own. */
function textOf(fields: WireFields, name: string): string {
  const value = fields[name]
  return typeof value === 'string' ? value : ''
}

const words = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ')
