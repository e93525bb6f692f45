import {
  alwaysInteger,
  alwaysMoment,
  alwaysText,
  alwaysOneOf,
  amount,
  displayOnly,
  flag,
  integer,
  mark,
  moment,
  number,
  parts,
  record,
  text,
  texts,
  oneOf,
} from './field-descriptions.ts'
import type { ValuesOf } from './field-descriptions.ts'
import {
  REASON_CATEGORIES,
  RETRY_ADVICE,
  CHARGEBACK_STAGES,
  WITNESSES,
  EVENT_TYPES,
  OPERATIONS,
  REFINEMENTS,
  CHANNELS,
} from './vocabulary.ts'

/**
 * The one normalized schema: a past-tense fact drawn from one inbox message.
 * Everything downstream (fold, reconcile, the read API) knows only this shape, never a provider's payload.
 * Money is integer minor units of `currency`; null always means "the provider did not state it".
 *
 * A field is one line of a table below: its type, its description in the API, its value in an event that does not state
 * it, and whether it distinguishes two facts. Blank event, event key, canonical order, the published JSON Schema and the schemas of
 * both APIs follow from the tables.
 */

/** Published with every event as `schemaVersion`; raised only when a field changes its meaning. */
export const SCHEMA_VERSION = 1 as const

/** A provider's name as the accounts file and the URLs spell it. The registry of adapters lists the names. */
export type ProviderName = string

const REASON = {
  code: text(),
  message: text(),
  category: oneOf(REASON_CATEGORIES),
  retry: oneOf(RETRY_ADVICE, 'Whether asking again can help; null: not known'),
}

const PAYMENT_METHOD = {
  product: text(),
  brand: text(),
  maskedPan: text('At most the first six and the last four digits'),
  expiryMonth: text('Two digits'),
  expiryYear: text('Four digits'),
  issuer: text(),
  country: text(),
  cardHolder: text('Only of accounts that keep it'),
}

const THREE_D_SECURE = {
  eci: text(),
  enrolled: text(),
  authenticationStatus: text(),
  authenticationMessage: text(),
  version: text(),
  liabilityShift: text(),
}

const FRAUD = { score: number(), result: text(), review: text() }
const CUSTOMER = {
  id: text(),
  ipCountry: text(),
  language: text(),
  emailHash: text('Keyed digest of the e-mail address: equal addresses have equal digests'),
  email: text('Only of accounts that keep it'),
  ipAddress: text('Only of accounts that keep it'),
  deviceId: text('Only of accounts that keep it'),
}
const ORDER = {
  amount: amount('Of the whole order, minor units'),
  shipping: amount('Part of it, minor units'),
  tax: amount('Part of it, minor units'),
  currency: text('ISO 4217'),
  createdAt: moment("Provider's clock: when the order began"),
  attempts: integer('How often the customer has tried to pay it'),
}

const SCHEDULE = { index: alwaysInteger(), total: alwaysInteger() }

const CHARGEBACK = {
  date: text("YYYY-MM-DD, the provider's"),
  stage: oneOf(CHARGEBACK_STAGES),
  code: text(),
}

/** Published in this order. */
export const EVENT_FIELDS = {
  provider: alwaysText('As the accounts file spells it'),
  account: alwaysText('Slug of the merchant account'),
  witness: alwaysOneOf(WITNESSES, 'notification', 'Who made the statement'),
  type: alwaysOneOf(EVENT_TYPES, 'unrecognized', 'The fact, in the past tense'),
  /** Null: an answer that names no transaction (time-out, hosted page, error); such an event is a request. */
  reference: text('Transaction at the provider; null: an answer that names none'),
  parentReference: text('Evidence that `reference` belongs to this transaction; never guessed'),
  orderId: text(),
  operationId: text("The merchant's own id of this operation"),
  operationReference: text("Provider's reference of this money step, where it differs"),
  operation: oneOf(OPERATIONS),
  refinement: oneOf(REFINEMENTS, 'What the type alone does not state'),
  /** HiPay 118 states it too; the answer to a later call does not. */
  statesAuthorization: mark('The fact also states that the authorization was granted'),
  /** `hosted`: answer to a payment-page request, shared by all attempts of its order. Null where it does not apply. */
  channel: oneOf(CHANNELS),
  lookup: mark('The merchant looked the transaction up and forwarded that: answers no call'),
  otherPayment: mark('The refusal states that another payment of the order exists'),

  amount: amount('Of this operation alone, minor units'),
  authorizedTotal: amount('Cumulative per transaction, minor units'),
  capturedTotal: amount('The same'),
  refundedTotal: amount('The same'),
  currency: text('ISO 4217'),
  operationType: text('What the provider calls this operation'),
  operationCurrency: text('ISO 4217, where the provider states one for the operation alone'),
  invalidAmounts: texts("Provider's fields whose amount did not parse exactly"),

  providerCode: text('Always text: 116, 0000'),
  providerState: text(),
  // Display text: it may differ by language and punctuation between two deliveries.
  providerMessage: displayOnly(text()),
  reason: parts(REASON),
  occurredAt: moment("Provider's clock, UTC; null: it sent none"),
  createdAt: moment("Provider's clock: when the transaction began"),
  operationAt: moment("Provider's clock: when this operation was made"),
  requestedAt: moment("Merchant's clock: when the call was made"),
  answeredAt: moment("Merchant's clock: when its answer came, or none did"),
  receivedAt: displayOnly(alwaysMoment('Our clock, UTC')),
  authorizationCode: text("The issuer's answer to the authorization, at most 35 characters"),
  acquirerReference: text("The acquirer's reference of the transaction"),
  attempt: text("Which attempt at the order it is, by the provider's count"),
  authorizedAt: moment("Provider's clock: when the transaction was authorized"),
  eci: text(
    'Electronic commerce indicator of the transaction; `threeDSecure.eci` is that of its authentication',
  ),
  avsResult: text('Result of the address check, as the provider writes it'),
  cvcResult: text("Result of the check of the card's security code, never the code"),
  test: flag(),
  merchantId: text('HiPay mid, Be2bill IDENTIFIER'),

  paymentMethod: parts(PAYMENT_METHOD),
  threeDSecure: parts(THREE_D_SECURE),
  fraud: parts(FRAUD),
  customer: parts(CUSTOMER),
  order: parts(ORDER, 'The order as the merchant described it to the provider; nothing decides on it'),
  schedule: parts(SCHEDULE, 'Position of an instalment in its plan: 2 of 3'),
  chargeback: parts(CHARGEBACK),
  custom: record("Echoed merchant data, by the provider's names"),
  extra: record('Fields without a home of their own, redacted; nothing decides on them'),
} as const

export type TransactionEvent = ValuesOf<typeof EVENT_FIELDS>
export type Reason = ValuesOf<typeof REASON>
export type PaymentMethod = ValuesOf<typeof PAYMENT_METHOD>
export type ThreeDSecure = ValuesOf<typeof THREE_D_SECURE>
export type Fraud = ValuesOf<typeof FRAUD>
export type Customer = ValuesOf<typeof CUSTOMER>
export type OrderDetails = ValuesOf<typeof ORDER>
/** Be2bill's SCHEDULE `2-3` is { index: 2, total: 3 }. */
export type Schedule = ValuesOf<typeof SCHEDULE>
export type Chargeback = ValuesOf<typeof CHARGEBACK>

type EventField = keyof TransactionEvent

/** Which fields make two events the same fact. */
export const IDENTIFYING_FIELDS = (Object.keys(EVENT_FIELDS) as EventField[]).filter(
  (name) => EVENT_FIELDS[name].identifies,
)

/** A payment shows the latest stated value of each of these. */
export const ATTRIBUTE_FIELDS = [
  'paymentMethod',
  'threeDSecure',
  'fraud',
  'customer',
  'authorizationCode',
  'acquirerReference',
  'attempt',
  'authorizedAt',
  'eci',
  'avsResult',
  'cvcResult',
  'order',
  'custom',
] as const

/** The attributes of a payment, besides its state and its money. */
export type Attributes = Pick<TransactionEvent, (typeof ATTRIBUTE_FIELDS)[number]>
