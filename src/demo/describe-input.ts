import { HIPAY_MESSAGES, majorUnits } from '../cli/sample-notifications.ts'
import type { WireFields } from '../providers/provider.ts'
import type { ExpectationInput, Input, NotificationInput, ResponseInput } from './scenario.ts'

/** What an input states, in a few words for the reader: "116 Authorized, 50.00 EUR". */
export function describeInput(input: Input): string {
  if (input.kind === 'notification') return joined(statedBy(input.fields), ...notesOn(input))
  if (input.kind === 'response') return describeResponse(input)
  return input.kind === 'expectation' ? describeExpectation(input) : `operator resolves ${input.class}`
}

/** What is unusual about its delivery. */
function notesOn({ sign = {}, tamper, unsigned, times = 1 }: NotificationInput): string[] {
  return [
    sign.encoding === 'xml' ? 'XML' : '',
    sign.encoding === 'form' ? 'form' : '',
    sign.secretId === undefined ? '' : `secret "${sign.secretId}"`,
    tamper === true ? 'amount forged' : '',
    unsigned === true ? 'not signed' : '',
    times > 1 ? `${times} times` : '',
  ]
}

function describeResponse({ envelope, httpStatus = 200, error, body = {} }: ResponseInput): string {
  if (error !== undefined) return `no answer: ${error}`
  const code = textOf(body, 'code')
  if (code !== '') return `HTTP ${httpStatus}, error ${code}`
  if (textOf(body, 'forwardUrl') !== '') return 'a payment page was made'
  const { amount, currency = textOf(body, 'currency') } = envelope
  return statedBy(body, amount === undefined ? '' : minorText(amount, currency)) || `HTTP ${httpStatus}`
}

function describeExpectation({
  operation = 'payment',
  channel = 'direct',
  amount,
  currency,
}: ExpectationInput): string {
  const money = amount === undefined ? '' : minorText(amount, currency ?? '')
  return joined(`${operation} announced, ${channel}`, money)
}

/** The provider's code and the money of a message; '' when it has no code. `money` is the shop's own figure, '' if none. */
function statedBy(fields: WireFields, money = ''): string {
  const status = textOf(fields, 'status')
  if (status !== '')
    return joined(`${status} ${HIPAY_MESSAGES[status] ?? 'unknown'}`, money || hipayMoney(fields))
  const what = textOf(fields, 'CHARGEBACKSTATUS') || be2billCode(fields)
  return what === '' ? '' : joined(what, money || be2billMoney(fields))
}

const be2billCode = (fields: WireFields): string =>
  `${textOf(fields, 'OPERATIONTYPE')} ${textOf(fields, 'EXECCODE')}`.trim()

function be2billMoney(fields: WireFields): string {
  const amount = textOf(fields, 'CHARGEBACKAMOUNT') || textOf(fields, 'AMOUNT')
  return amount === '' ? '' : minorText(Number(amount), textOf(fields, 'CURRENCY'))
}

/** HiPay's amounts from the narrowest to the widest: of the operation, the cumulative ones in both spellings, of the order. */
function hipayMoney(fields: WireFields): string {
  const { operation, order } = fields
  const cumulative = ['refunded', 'captured', 'authorized'].flatMap((name) => [
    textOf(fields, `${name}_amount`),
    textOf(fields, `${name}Amount`),
  ])
  const amounts = [textOf(operation, 'amount'), ...cumulative, textOf(order, 'amount')]
  const stated = amounts.find((amount) => Number(amount) > 0)
  return stated === undefined ? '' : `${stated} ${textOf(fields, 'currency')}`
}

const minorText = (amount: number, currency: string): string => `${majorUnits(amount, currency)} ${currency}`

/** '' where the field is missing or has fields of its own. */
function textOf(fields: WireFields | string | undefined, name: string): string {
  const value = typeof fields === 'object' ? fields[name] : undefined
  return typeof value === 'string' ? value : ''
}

const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ')
