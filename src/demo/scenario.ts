import type { DiscrepancyClass, Reconciliation, Status } from '../domain/transaction.ts'
import type { SignOptions, WireFields } from '../providers/provider.ts'
import type { Announcement, Forwarding } from '../cli/delivery.ts'
import type { DemoAccount } from './accounts.ts'

/** The shape of a scenario: what is sent, and what the service must answer and believe. Pure data. */
export interface Scenario {
  name: string
  /** One sentence for a reader who has never seen a payment notification. */
  sentence: string
  /** Account that steps and expectations speak of unless they name another one. */
  account: DemoAccount
  steps: readonly Step[]
  expect: Expectation
}

export type Step = NotificationStep | ResponseStep | AnnouncementStep | ResolutionStep | RawStep

interface StepBase {
  /** For the reader: "116 Authorized". */
  says: string
  /** HTTP status that must come back. */
  answers: number
  account?: DemoAccount
  /** What must be believed before the next step is sent. */
  leadsTo?: Pick<ExpectedTransaction, 'reference' | 'status' | 'reconciliation'>
}

/** A provider calls: the fields are signed by its own adapter and posted. */
export interface NotificationStep extends StepBase {
  send: 'notification'
  fields: WireFields
  sign?: SignOptions
  /** Word in the URL, where it is not the account's own. */
  via?: string
  /** How often the same request is delivered; once by default. */
  times?: number
  /** Change the amount after signing. */
  tamper?: boolean
}

/** The shop forwards the answer that it got from the provider. */
export interface ResponseStep extends StepBase {
  send: 'response'
  forwarding: Omit<Forwarding, 'provider' | 'account'>
  /** Tells this answer from another one of equal content. */
  idempotencyKey?: string
}

/** The shop says what it is about to ask for. */
export interface AnnouncementStep extends StepBase {
  send: 'announcement'
  announcement: Omit<Announcement, 'provider' | 'account'>
}

/** An operator closes what is open at an order, as it is shown. */
export interface ResolutionStep extends StepBase {
  send: 'resolution'
  orderId: string
  class: DiscrepancyClass
  note: string
}

/** Anything at all, posted to the account's NOTIFICATION_URL as it is. */
export interface RawStep extends StepBase {
  send: 'raw'
  headers: Readonly<Record<string, string>>
  body: string
}

export interface Expectation {
  transactions: readonly ExpectedTransaction[]
  /** References that the service must not know. */
  unknown?: readonly string[]
  order?: ExpectedOrder
  /** Classes of everything open, at the transactions or at the order; not compared when left out. */
  discrepancies?: readonly DiscrepancyClass[]
}

export interface ExpectedTransaction {
  reference: string
  account?: DemoAccount
  status: Status
  reconciliation: Reconciliation
  /** Minor units; a total that is left out is not compared. */
  totals?: Partial<Record<Total, number | null>>
  /** Classes of the transaction's open discrepancies; none by default, not compared when null. */
  discrepancies?: readonly DiscrepancyClass[] | null
  /** How many normalized events it was folded from. */
  events?: number
}

export const TOTALS = ['authorizedTotal', 'capturedTotal', 'refundedTotal'] as const
export type Total = (typeof TOTALS)[number]

export interface ExpectedOrder {
  orderId: string
  account?: DemoAccount
  paid: boolean
  safeToRetry: boolean
  /** Classes of the order's open discrepancies, its transactions' included; not compared when left out. */
  discrepancies?: readonly DiscrepancyClass[]
  /** Of these, the ones that outgrew an operator's word and name the former discrepancy; not compared when left out. */
  reopened?: readonly DiscrepancyClass[]
}
