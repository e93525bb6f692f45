import type { DiscrepancyClass } from '../domain/reconciliation/discrepancy-classes.ts'
import type { Reconciliation, Status } from '../domain/reconciliation/transaction.ts'
import type { ResponseEnvelope, SignOptions, WireFields } from '../providers/provider.ts'

/**
 * The one format of a scenario: inputs in order of arrival, and the state that the service must answer. The files of
 * test/fixtures/scenarios/ and the demonstration's own lists are written in it. Pure data.
 */
export interface Scenario {
  name: string
  /** One sentence for a reader who has never seen a payment notification. */
  sentence: string
  /** The account that inputs and expectations are about unless they name another one. */
  account: string
  inputs: readonly Input[]
  expect: Expectation
}

export type Input = Message | ResolutionInput

/** What providers and shops send; the files hold nothing else. */
export type Message = NotificationInput | ResponseInput | ExpectationInput

interface InputOptions {
  account?: string
  /** HTTP status that must come back; that of acceptance by default. */
  answers?: number
  /** State that must be reached before the next input is sent. */
  leadsTo?: InterimState
}

export type InterimState = Pick<ExpectedTransaction, 'reference' | 'status' | 'reconciliation'>

/** A provider notifies. */
export interface NotificationInput extends InputOptions {
  kind: 'notification'
  fields: WireFields
  sign?: SignOptions
  /** Name in the URL, where it is not that of the account's provider. */
  via?: string
  /** How often the same request is delivered; once by default. */
  times?: number
  /** Raise the amount after signing. */
  tamper?: boolean
  /** Leave out HiPay's signature, which is a header. */
  unsigned?: boolean
}

/** The shop forwards the answer to its call of the provider, or that none came. */
export interface ResponseInput extends InputOptions {
  kind: 'response'
  envelope: ResponseEnvelope
  httpStatus?: number
  error?: 'timeout' | 'network'
  body?: WireFields
}

/** The shop announces a call before it is made. Money in minor units. */
export interface ExpectationInput extends InputOptions {
  kind: 'expectation'
  orderId: string
  channel?: 'direct' | 'hosted'
  operation?: string
  operationId?: string
  parentReference?: string
  amount?: number
  currency?: string
  requestedAt?: string
}

/** An operator resolves the order's open discrepancy of a class, in the version that is shown. */
export interface ResolutionInput extends InputOptions {
  kind: 'resolution'
  orderId: string
  class: DiscrepancyClass
  note: string
}

export interface Expectation {
  transactions: readonly ExpectedTransaction[]
  /** References that the service must not know. */
  unknown?: readonly string[]
  /** Not compared when left out; null where no input names an order. */
  order?: ExpectedOrder | null
  /** Classes of everything open, at the transactions and at the order; none by default. */
  discrepancies?: readonly DiscrepancyClass[]
}

/** What is left out is not compared. Totals in minor units, null where they are not known. */
export interface ExpectedTransaction {
  reference: string
  account?: string
  status: Status
  reconciliation: Reconciliation
  authorizedTotal?: number | null
  capturedTotal?: number | null
  refundedTotal?: number | null
  /** How many normalized events it was folded from. */
  events?: number
}

export interface ExpectedOrder {
  /** The order of the first notification by default (orderIdOf). */
  orderId?: string
  paid: boolean
  safeToRetry: boolean
  /** Classes that an operator had resolved before more was at stake; not compared when left out. */
  reopened?: readonly DiscrepancyClass[]
}

/** The order that a scenario is about: that of the notifications first. Null when no input names one. */
export function orderIdOf(inputs: readonly Input[]): string | null {
  const named = inputs.map((input) => ({ notified: input.kind === 'notification', id: orderIdIn(input) }))
  const [first] = [...named.filter(({ notified }) => notified), ...named].flatMap(({ id }) => id ?? [])
  return first ?? null
}

function orderIdIn(input: Input): string | undefined {
  if (input.kind === 'response') return input.envelope.orderId
  if (input.kind !== 'notification') return input.orderId
  const { order, ORDERID: id = typeof order === 'object' ? order['id'] : undefined } = input.fields
  return typeof id === 'string' ? id : undefined
}
