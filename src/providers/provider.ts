import type { ProviderName, TransactionEvent } from '../domain/event/transaction-event.ts'
import type { Operation } from '../domain/event/vocabulary.ts'
import type { Explanation } from './explanation.ts'
import type { Account } from './account.ts'

/**
 * The port: everything the service asks of a payment provider. One folder under `providers/` implements it,
 * one line in `registry.ts` lists it. Nothing that receives, stores or judges knows a provider by name.
 */
export interface Provider {
  /** Names of this provider in URLs and in the accounts file; their accounts share one name space. */
  readonly names: readonly ProviderName[]
  /**
   * What tells two of its accounts apart: IDENTIFIERs (every account lists its own) or merchant ids (accounts that share
   * a secret must list different ones).
   */
  readonly accountsDifferBy: 'identifiers' | 'merchantIds'
  /** A configured merchant id as this provider's messages write it (HiPay: eleven digits); null: it can be none. */
  merchantIdOf(text: string): string | null
  /** Whether this provider can have issued the text as a reference, or it is the replacement that is shown for one. */
  isReference(text: string): boolean
  /** HTTP methods that a notification may use. */
  readonly methods: readonly ('GET' | 'POST')[]
  /** Where a signature travels: in a header of this lower-case name, or among the parameters under this one. */
  readonly signatureIn: { readonly header: string } | { readonly parameter: string }
  /**
   * Counts what its translations mean: raised by one whenever a stored message may translate to something else. It is stored with
   * each message, and a replay finds by it what an older build translated.
   */
  readonly translationVersion: number
  /** The exact body, sent as text/plain with status 200, that stops redelivery. */
  readonly acknowledgement: string

  /**
   * Decide over the exact bytes received whether the holder of one of the account's secrets signed them.
   * Never throws on hostile input; compares in constant time on equal lengths; reads only the unverified values
   * needed to narrow the configured candidates.
   */
  verify(request: NotificationRequest, account: Account, now: Date): Verification

  /**
   * Say why `verify` refuses a message: with which fault undone one of the configured secrets did sign it. Pure, and total like
   * `verify`. Every trial is made, whatever the others show.
   */
  diagnose(message: RefusedMessage): Explanation

  /**
   * Turn one stored message (a verified notification) into events. Total: what cannot be read is `unreadable`,
   * what is not about a transaction has no events.
   */
  translate(message: StoredNotification, account: Account): Translation

  /** The same for the answer that the merchant received and forwarded. */
  translateResponse(message: StoredResponse, account: Account): Translation

  /** The operation that a merchant's word for a call means here (`payment`, `capture` …), in any case; null: no such word. */
  operationOf(word: string): Operation | null

  /**
   * Build a signed request as the provider would send it: what the tests, the demo and `send` post.
   * `fields` are wire names and values; options pick encoding and method.
   */
  sign(fields: WireFields, account: Account, options?: SignOptions): SignedRequest
}

/** The end of the replacement that is shown for an identifier: a digest of twenty characters. */
const SHOWN = /~[a-z2-7]{20}$/

/** A test of references that takes the shown form of a replaced one too. */
export const referenceTest =
  (issued: RegExp) =>
  (text: string): boolean =>
    issued.test(text) || SHOWN.test(text)

/** One notification as it came off the wire. */
export interface NotificationRequest {
  method: 'GET' | 'POST'
  /** Raw text after `?`, undecoded; '' when absent. */
  query: string
  /** Lower-case names; repeated headers as arrays. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** Exact bytes; empty buffer when none. */
  body: Buffer
}

/** A message whose signature does not verify, and the secrets that may have signed it. */
export interface RefusedMessage {
  request: NotificationRequest
  /** The account that it was sent to. */
  account: Account
  /** Every other configured account of the provider. */
  others: readonly Account[]
  now: Date
}

export type Verification = VerifiedNotification | RejectedNotification

export interface VerifiedNotification {
  verified: true
  /** Which configured secret matched. */
  secretId: string
  /**
   * What makes two deliveries the same message (docs/transaction-lifecycle.md): HiPay the body,
   * Be2bill the sorted decoded set without HASH.
   */
  canonical: Buffer
  /**
   * The payment that `canonical` names, as far as it is quickly found; '' otherwise. No rule reads it: it places the ledger rows
   * of one payment, and of payments of about the same time, side by side in the index.
   */
  reference: string
  /** The signed bytes: the body, or for Be2bill the raw query when the set travelled there. Stored for replay. */
  content: Buffer
}

export const REJECTION_REASONS = [
  'signature_missing',
  'signature_malformed',
  'signature_mismatch',
  'secret_expired',
  'unknown_identifier',
  'ambiguous_parameters',
] as const
export type RejectionReason = (typeof REJECTION_REASONS)[number]

export interface RejectedNotification {
  verified: false
  reason: RejectionReason
  /** Has the provider's shape (its own field names): worth keeping in quarantine as evidence. */
  plausible: boolean
  /** The bytes that would have been the signed ones, of body or query; what quarantine keeps. */
  content: Buffer
  /** The signature where it travels outside `content` (a header), for re-verification; null when it is inside. */
  signature: string | null
}

export interface StoredNotification {
  content: Buffer
  receivedAt: Date
}

/** The merchant's forwarding of one synchronous answer, or of its absence. */
export interface ResponseEnvelope {
  orderId?: string | undefined
  operation?: string | undefined
  operationId?: string | undefined
  /** Reference that the call acted on. */
  parentReference?: string | undefined
  /** What was asked for, minor units. */
  amount?: number | undefined
  currency?: string | undefined
  httpStatus?: number | undefined
  /** When the call was made, by the merchant's clock. */
  requestedAt?: string | undefined
  /** When the answer came, or the merchant stopped waiting for one. */
  receivedAt?: string | undefined
  /** Set when no answer came. */
  error?: 'timeout' | 'network' | undefined
}

/** The merchant's times of a call, as events carry them: RFC 3339 UTC. */
export function timesOf({
  requestedAt,
  receivedAt,
}: ResponseEnvelope): Pick<TransactionEvent, 'requestedAt' | 'answeredAt'> {
  const utc = (text: string | undefined): string | null =>
    text === undefined ? null : new Date(text).toISOString()
  return { requestedAt: utc(requestedAt), answeredAt: utc(receivedAt) }
}

export interface StoredResponse {
  envelope: ResponseEnvelope
  /** The provider's text as forwarded; '' when none came. */
  content: Buffer
  receivedAt: Date
}

export type Translation =
  | {
      readable: true
      /** `transaction`, or the name of another message family (hipay.md: settlement, webhook …), which has no events. */
      family: string
      events: TransactionEvent[]
    }
  | { readable: false; detail: string }

/**
 * Most events of one message; a longer one is unreadable. A notification has one, a report one for each of its rows.
 */
export const EVENTS_MAX = 1_000

/** Wire names and values; nested objects become HiPay's `order[id]` or XML children, Be2bill's `CART[0][NAME]`. */
export interface WireFields {
  readonly [name: string]: string | WireFields
}

export interface SignOptions {
  encoding?: 'form' | 'xml'
  method?: 'POST' | 'GET'
  /** Sign with this secret instead of the account's first live one. */
  secretId?: string
}

export interface SignedRequest {
  method: 'GET' | 'POST'
  /** Text after `?`; '' when none. */
  query: string
  headers: Record<string, string>
  body: Buffer
}
