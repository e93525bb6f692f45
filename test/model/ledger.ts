import type { AccountPolicy } from '../../src/domain/event/account-policy.ts'

/**
 * What really happened between a shop and its provider, by true time (which is the service's clock), and how much of it the
 * service has been told. Nothing here knows a rule of the service.
 */

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export type ProviderWord = 'hipay' | 'be2bill'
export type DeedKind = 'payment' | 'capture' | 'refund' | 'void' | 'expiry' | 'chargeback' | 'representment'
export type CallKind = 'payment' | 'page' | 'capture' | 'refund' | 'void'

/** One thing that the provider did, or refused to do. */
export interface Deed {
  /** For stories: `payment 1`, `payment 1 refund 2`. */
  name: string
  kind: DeedKind
  payment: Payment
  amount: number
  outcome: 'done' | 'refused'
  begunAt: number
  settledAt: number
  /** Null: by hand in the back office, by the bank, or by the passing of time. */
  call: Call | null
  operationId: string | null
  /** Be2bill: the TRANSACTIONID of this step; HiPay: the reference of the operation. */
  reference: string
  /** The provider says an intermediate word first: 3-D Secure, pending, requested. */
  slowly: 'no' | 'action' | 'pending'
  /** What the provider says of it that is odd: its answer says the opposite, its last notification has an unknown code,
   * its refusal names another payment of the order. */
  oddly: 'no' | 'answer_wrong' | 'unknown_code' | 'names_other'
  heard: Heard
}

/** What the service was told about a deed, so far. */
export interface Heard {
  notification: 'open' | 'final' | null
  response: 'unknown' | 'open' | 'final' | null
  /** A notification told its end in words of its own, not only by what came after it. */
  saidItself: boolean
  /** A notification told that it was begun. */
  begunTold: boolean
  /** A counter in some message contains it. */
  counted: boolean
  /** A counter in a notification of something done contains it. */
  settledCount: boolean
  /** When its last word was first notified. */
  notifiedAt: number | null
  /** The shop forwarded a look-up that shows it. */
  lookedUp: boolean
}

export interface Payment {
  name: string
  order: TrueOrder
  reference: string
  /** Authorized and captured at once. */
  sale: boolean
  amount: number
  initial: Deed
  steps: Deed[]
  schedule: { index: number; total: number } | null
}

/** How a call ended for the shop. `lost` ends never reached the service. */
export type CallEnd = 'answered' | 'cut_off' | 'server_error' | 'proxy_error' | 'not_processed' | 'duplicate'

export interface Call {
  name: string
  order: TrueOrder
  kind: CallKind
  channel: 'direct' | 'hosted'
  /** When the shop made it and when it had its answer or lost patience. */
  at: number
  endedAt: number
  amount: number
  operationId: string | null
  /** The payment that a later step acts on. */
  on: Payment | null
  /** What it led to at the provider: nothing, one deed, or each attempt on a page. */
  deeds: Deed[]
  end: CallEnd
  /** Announced, and then never made. */
  made: boolean
  /** When the service hears of its end; null: never. */
  toldAt: number | null
  gives: 'both' | 'requestedAt' | 'receivedAt' | 'neither'
  announcement: Announcement | null
  /** Pages: until when the customer can pay there. */
  payableUntil: number
  known: { announced: boolean; announcedAnew: boolean; withdrawn: boolean; told: CallEnd | null }
}

export interface Announcement {
  id: string
  at: number
  withdrawnAt: number | null
  statesTime: boolean
}

export interface TrueOrder {
  id: string
  calls: Call[]
  payments: Payment[]
  /** Amount of the basket: what each attempt asks for. */
  amount: number
  /** Announcements of its payments say how much. */
  statesAmount: boolean
  /** Authorized and captured by one call, unless an attempt is made otherwise. */
  sale: boolean
  /** The shop asked the provider how a payment stands, and forwarded the answer. */
  lookups: { at: number; payment: Payment }[]
  /** Payments in instalments. */
  plan: boolean
  known: {
    /** A refusal named another payment. */
    hinted: boolean
    /** Calls that an operator found never to have been processed. */
    closedAsNothing: number
    /** Closed by an operator, by class. */
    closed: string[]
  }
}

export interface Truth {
  provider: ProviderWord
  policy: AccountPolicy
  /** By how much the clocks of the shop and of the provider run ahead of the service's. */
  shopClock: number
  providerClock: number
  /** HiPay: the message of a refusal counts without it; otherwise only later ones do. */
  countersFall: boolean
  /** The shop makes calls that it never tells close to told ones: nothing can tell their attempts apart. */
  careless: boolean
  orders: TrueOrder[]
}

export const isDone = ({ outcome }: Deed): boolean => outcome === 'done'

/** Anything at all that was heard tells of it. */
export const isTouched = ({ heard }: Deed): boolean =>
  heard.notification !== null || heard.response !== null || heard.counted

export const deedsOf = ({ initial, steps }: Payment): Deed[] => [initial, ...steps]

export const sum = (deeds: readonly Deed[]): number => deeds.reduce((total, { amount }) => total + amount, 0)

export function doneOf(payment: Payment, kind: DeedKind): Deed[] {
  return payment.steps.filter((step) => step.kind === kind && isDone(step))
}

export const unheard = (): Heard => ({
  notification: null,
  response: null,
  saidItself: false,
  begunTold: false,
  counted: false,
  settledCount: false,
  notifiedAt: null,
  lookedUp: false,
})

/** Captured and not given back. */
export function heldOf(payment: Payment): number {
  if (!isDone(payment.initial)) return 0
  const captured = payment.sale ? payment.amount : sum(doneOf(payment, 'capture'))
  return (
    captured -
    sum(doneOf(payment, 'refund')) -
    sum(doneOf(payment, 'chargeback')) +
    sum(doneOf(payment, 'representment'))
  )
}
