/**
 * What may be stored of a payment card and its holder, for every provider, in one table. `scrub` (scrub.ts) applies it to a
 * message after verification (which needs the exact bytes) and before anything is written or logged; `eventText`
 * applies the same table to what enters an event.
 */
import { eraseRuns } from './digit-runs.ts'
import type { Span } from './digits.ts'
import { eraseMembers } from './embedded-members.ts'
import { Eraser } from './eraser.ts'
import { lookThrough, type Marks } from './marks.ts'
import { plainName } from './plain-name.ts'
import { memoizeByName } from '../lib/memoize.ts'

/**
 * `keep`: stored as received. `mask`: a number shows its first six and last four digits. `overwrite`: every byte of the
 * value becomes `*`. Luhn-valid runs of 13–19 digits are masked in every field.
 */
export type Treatment = 'keep' | 'mask' | 'overwrite'

export interface CardDataRule {
  /** Compared without case, `_`, `-` and blanks, by the last part of a nested name; `…*` matches a beginning. */
  readonly names: readonly string[]
  readonly stored: Treatment
  /** May the field enter an event's `extra` or `custom`? Events are read by people and by the merchant's systems. */
  readonly inEvents: boolean
  /** True: it is not stored even in encrypted form. */
  readonly neverKept?: true
  /** An identifier: never masked, but replaced as a whole where it may hold a card number (identifiers.ts). */
  readonly identifier?: true
  /** The field holds several identifiers, separated by `;`, `,` or blanks. */
  readonly list?: true
  /** May be a long number: a Luhn-valid one is only masked when it also begins like a card number. */
  readonly number?: true
  readonly reason: string
}

export const CARD_DATA: readonly CardDataRule[] = [
  {
    names: [
      'CARDCODE',
      'CARDCODE 6X4',
      'code6x4',
      'pan',
      'card_pan',
      'card_number',
      'primary_account_number',
    ],
    stored: 'mask',
    inEvents: false,
    reason: 'card number; events carry it as paymentMethod.maskedPan only',
  },
  {
    names: ['CARDCVV', 'cvv', 'cvv2', 'cvc', 'cvc2', 'card_cvc', 'card_security_code', 'cryptogram'],
    stored: 'overwrite',
    inEvents: false,
    neverKept: true,
    reason: 'card verification value: never stored after authorization',
  },
  {
    names: ['CVVRESPONSECODE', 'cvc_result', 'AVSCODE', 'avs_result'],
    stored: 'keep',
    inEvents: true,
    reason: 'result of a check, not the value that was checked',
  },
  {
    names: ['token', 'card_token', 'payment_token', 'HFTOKEN', 'XPAYTOKEN', 'NETWORKTOKEN*', 'sdk_token'],
    stored: 'overwrite',
    inEvents: false,
    reason: 'live credential: its holder can charge again',
  },
  {
    names: ['3DSECURECAVV', 'cavv', 'authentication_token', 'authentication_value'],
    stored: 'overwrite',
    inEvents: false,
    reason: 'cryptographic proof of an authentication',
  },
  {
    names: ['REDIRECTHTML', '3DSECUREHTML', 'REDIRECTPOSTPARAMS'],
    stored: 'overwrite',
    inEvents: false,
    reason: "the holder's 3-D Secure session",
  },
  { names: ['IBAN', 'account_number'], stored: 'overwrite', inEvents: false, reason: 'bank account' },
  {
    names: ['ALIAS', 'card_id', 'HASH', 'xid'],
    stored: 'keep',
    inEvents: false,
    reason: 'confidential, but of no use without our credentials; needed to verify and to investigate',
  },
  {
    names: ['CLIENTEMAIL', 'CARDFULLNAME', 'CARDVALIDITYDATE', 'email', 'card_holder', 'REDIRECTURL'],
    stored: 'keep',
    inEvents: false,
    reason: 'personal data: stays in the stored message, whose retention is limited',
  },
  {
    names: [
      ...['ORDERID', 'TRANSACTIONID', 'SCHEDULEID', 'SCHEMETRANSACTIONID', 'CLIENTIDENT'],
      ...['id', 'order_id', 'merchant_order_id', 'customer_id', 'operation_id', 'attempt_id'],
      ...['transaction_reference', 'reference', 'parent_reference', 'reference_to_pay'],
    ],
    stored: 'keep',
    inEvents: true,
    identifier: true,
    reason: 'what a message is about: two of them must never become one',
  },
  {
    names: ['AUTHORIZEDBY', 'REFUNDED', 'VOIDED', 'CAPTUREDBY', 'REFUNDEDBY', 'VOIDEDBY'],
    stored: 'keep',
    inEvents: true,
    identifier: true,
    list: true,
    reason: 'the transactions that a row of a report acted on, or that acted on it',
  },
  {
    names: ['IDENTIFIER', 'STAN', 'mid', 'date_created', 'date_updated', 'date_authorized', 'DATE'],
    stored: 'keep',
    inEvents: true,
    number: true,
    reason: 'compared with the configuration, or a time; long numbers are Luhn-valid by chance',
  },
]

/** The rule of a field by its name, percent-encoded or not; null when the table does not name it: such a field is kept. */
export const ruleFor = memoizeByName((name): CardDataRule | null => {
  const key = sameName(plainName(name))
  return EXACT.get(key) ?? PREFIXES.find(([prefix]) => key.startsWith(prefix))?.[1] ?? null
})

/** Overwrite in place the JSON members that the table names, and card numbers wherever they stand, but in `decided` parts. */
export function erase(eraser: Eraser, { quotes, stretches }: Marks, decided: readonly Span[] = []): void {
  eraseMembers(eraser, quotes, (name) => ruleFor(name)?.stored ?? 'keep')
  eraser.spare(decided)
  eraseRuns(eraser, stretches, (name) => {
    const rule = ruleFor(name)
    return rule?.identifier === true || rule?.number === true
  })
}

/** Whether content in which `scrub` would overwrite these fields may be kept as it came, encrypted and not for long. */
export const maySeal = (scrubbed: readonly string[]): boolean =>
  scrubbed.every((name) => ruleFor(name)?.neverKept !== true)

/** A card number with everything but its first six and last four digits starred; text with ten digits or fewer as is. */
export function maskPan(text: string): string {
  const digits = text.match(/\d/g)?.length ?? 0
  if (digits <= 10) return text
  let seen = 0
  return text.replace(/\d/g, (digit) => (++seen > 6 && seen <= digits - 4 ? '*' : digit))
}

/** What of a field may enter an event: null = nothing; card numbers inside free text are masked. */
export function eventText(name: string, value: string): string | null {
  if (ruleFor(name)?.inEvents === false) return null
  return masked(name, value)
}

/** Text with its card numbers masked. Identifiers are replaced instead: identifiers.ts. */
export const withoutCardNumbers = (text: string): string => masked('id', text)

function masked(name: string, value: string): string {
  // Fewer than 13 digits hold no card number. Nearly every field ends here.
  if (!/\d(?:[ -]?\d){12}/.test(value)) return value
  const wrapped = Buffer.from(JSON.stringify({ [name]: value }), 'utf8')
  const eraser = new Eraser(wrapped)
  erase(eraser, lookThrough(eraser.text, eraser.family))
  const { content, scrubbed } = eraser.result()
  return scrubbed.length === 0
    ? value
    : (Object.values(JSON.parse(content.toString('utf8')) as object)[0] as string)
}

/** How two names compare: by their last part, in any case and spelling. */
export const sameName = (name: string): string => comparable(lastPart(name))

/** `token` of `payment_method[token]`, of `paymentMethod.token`, of `ns:token` and of `token`. */
function lastPart(name: string): string {
  const open = name.lastIndexOf('[')
  if (open > 0 && name.endsWith(']')) return name.slice(open + 1, -1)
  return name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf(':')) + 1)
}

function comparable(name: string): string {
  return name.toLowerCase().replace(/[_\-\s]/g, '')
}

const NAMED = CARD_DATA.flatMap((rule) => rule.names.map((name) => [comparable(name), rule] as const))
const EXACT: ReadonlyMap<string, CardDataRule> = new Map(NAMED)
const PREFIXES = NAMED.filter(([name]) => name.endsWith('*')).map(
  ([name, rule]) => [name.slice(0, -1), rule] as const,
)
