import { blankEvent as unstated } from '../../domain/event/blank-event.ts'
import { parseMajorUnits, parseMinorUnits } from '../../domain/event/minor-units.ts'
import type {
  Customer,
  PaymentMethod,
  Schedule,
  ThreeDSecure,
  TransactionEvent,
} from '../../domain/event/transaction-event.ts'
import type { EventType, Operation, Witness } from '../../domain/event/vocabulary.ts'
import { maskPan, withoutCardNumbers } from '../../card-data/rules.ts'
import type { Account } from '../account.ts'
import { type Outcome, outcomeOf, reasonOf } from './codes.ts'
import type { Fields } from './fields.ts'

/** The witness of a statement, its account, and when it was received. */
export interface Source {
  account: Account
  witness: Witness
  receivedAt: Date
}

/** What every statement starts from. The platform states no cumulative counters and no time of its own. */
export function blankEvent({ account, witness, receivedAt }: Source): TransactionEvent {
  const { provider, account: slug } = account
  return unstated({ provider, account: slug, witness, receivedAt: receivedAt.toISOString() })
}

const OPERATION_BY_TYPE: ReadonlyMap<string, Operation> = new Map([
  ['payment', 'sale'],
  // The merchant's envelope may use the service's own name of the operation.
  ['sale', 'sale'],
  ['authorization', 'authorization'],
  ['capture', 'capture'],
  ['refund', 'refund'],
  ['void', 'void'],
  ['credit', 'credit'],
])

/** OPERATIONTYPE in any case; null for one that moves no money or that this build does not know. */
export function operationOf(operationType: string | null): Operation | null {
  return OPERATION_BY_TYPE.get(operationType?.toLowerCase() ?? '') ?? null
}

/** Cancelling a schedule moves nothing by itself; its instalments are payments of their own. */
export function isScheduleStop(operationType: string | null): boolean {
  return operationType?.toLowerCase() === 'stopntimes'
}

/** Operations that act on an earlier transaction and therefore have a parent. */
export function isLaterOperation(operation: Operation | null): boolean {
  return operation !== null && operation !== 'sale' && operation !== 'authorization'
}

const DONE: Readonly<Record<Operation, EventType>> = {
  sale: 'captured',
  authorization: 'authorized',
  capture: 'captured',
  refund: 'refunded',
  void: 'voided',
  credit: 'credited',
  chargeback: 'charged_back',
}

const DECLINED: ReadonlyMap<Operation, EventType> = new Map([
  ['capture', 'capture_declined'],
  ['refund', 'refund_declined'],
])

/** The fact that an outcome states about an operation. Success of an unknown operation may have moved money: `unrecognized`. */
export function typeOf(outcome: Outcome, operation: Operation | null): EventType {
  if (outcome === 'done') return operation ? DONE[operation] : 'unrecognized'
  if (outcome === 'declined') return (operation && DECLINED.get(operation)) ?? 'declined'
  return outcome
}

/** The bank refused it as a repetition of a payment that it knows. */
const DUPLICATE = '4011'

/** The fact that an EXECCODE and an OPERATIONTYPE state together. */
export function statementOf(code: string | null, operationType: string | null): Partial<TransactionEvent> {
  const operation = operationOf(operationType)
  const type = isScheduleStop(operationType) ? 'noted' : typeOf(outcomeOf(code ?? ''), operation)
  return {
    type,
    operation,
    statesAuthorization: type === 'captured' && operation === 'sale',
    otherPayment: code === DUPLICATE,
    providerCode: code,
    reason: code === null ? null : reasonOf(code),
  }
}

/** Money of one field in minor units. A field that is no plain amount is listed in `invalidAmounts`, never guessed. */
export function amountOf(fields: Fields, name: string, majorUnitsOf?: string | null) {
  const text = fields.take(name)
  if (text === null) return { amount: null, invalidAmounts: [] }
  const plain = majorUnitsOf === undefined ? /^\d+$/.test(text) : /^\d+(\.\d+)?$/.test(text)
  const parsed =
    majorUnitsOf === undefined ? parseMinorUnits(text) : parseMajorUnits(text, majorUnitsOf ?? '')
  const amount = plain ? parsed : null
  return { amount, invalidAmounts: amount === null ? [name] : [] }
}

/** Payment method, 3-D Secure, customer and the merchant's own data: descriptive, nothing is decided on them. */
export function descriptionOf(fields: Fields): Partial<TransactionEvent> {
  return {
    merchantId: fields.take('IDENTIFIER'),
    currency: fields.take('CURRENCY'),
    providerMessage: fields.take('MESSAGE'),
    schedule: scheduleOf(fields),
    paymentMethod: paymentMethodOf(fields),
    threeDSecure: threeDSecureOf(fields),
    customer: customerOf(fields),
    custom: fields.takeRecord(['EXTRADATA', 'METADATA']),
  }
}

function paymentMethodOf(fields: Fields): PaymentMethod | null {
  const pan = fields.takeFirst('CARDCODE', 'CARDCODE 6X4')
  const [, month = null, year = null] =
    /^(0[1-9]|1[0-2])-(\d\d)$/.exec(fields.take('CARDVALIDITYDATE') ?? '') ?? []
  return orNull({
    product: fields.take('PAYMENTOPTION'),
    brand: fields.takeFirst('CARDTYPE', 'SELECTEDBRAND', 'CARDNETWORK'),
    maskedPan: pan && maskPan(pan),
    expiryMonth: month,
    // Cards are valid for a few years, so the century is this one.
    expiryYear: year && `20${year}`,
    issuer: fields.take('BANK'),
    country: fields.take('CARDCOUNTRY'),
    cardHolder: personal(fields, 'CARDFULLNAME'),
  })
}

/** `3DSECURE` itself only repeats what the merchant asked for and stays among the other fields. */
function threeDSecureOf(fields: Fields): ThreeDSecure | null {
  return orNull({
    eci: fields.take('3DSECUREECI'),
    enrolled: fields.take('CARD3DSECUREENROLLED'),
    authenticationStatus: fields.take('3DSECUREAUTHENTICATIONSTATUS'),
    authenticationMessage: fields.take('3DSGLOBALSTATUS'),
    version: fields.take('3DSECUREVERSION'),
    liabilityShift: fields.take('3DSLIABILITYSHIFT'),
  })
}

function customerOf(fields: Fields): Customer | null {
  return orNull({
    id: fields.takeId('CLIENTIDENT'),
    ipCountry: null,
    language: fields.take('LANGUAGE'),
    emailHash: null,
    email: personal(fields, 'CLIENTEMAIL'),
    ipAddress: personal(fields, 'CLIENTIP'),
    deviceId: null,
  })
}

/** The account decides whether an event keeps it. Card numbers inside it are masked. */
function personal(fields: Fields, name: string): string | null {
  const text = fields.take(name)
  return text === null ? null : withoutCardNumbers(text)
}

/** `2-3`: the second of three instalments. Anything else stays among the other fields. */
function scheduleOf(fields: Fields): Schedule | null {
  const [, index = '', total = ''] = /^(\d{1,3})-(\d{1,3})$/.exec(fields.peek('SCHEDULE') ?? '') ?? []
  const schedule = { index: Number(index), total: Number(total) }
  if (schedule.index < 1 || schedule.index > schedule.total) return null
  fields.take('SCHEDULE')
  return schedule
}

function orNull<Group extends object>(group: Group): Group | null {
  return Object.values(group).some((value) => value !== null) ? group : null
}
