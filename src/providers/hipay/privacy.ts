import { eventText, maskPan, withoutCardNumbers } from '../../card-data/rules.ts'
import { memoizeByName } from '../../lib/memoize.ts'
import { textAt, visitLeaves, wordAt, type Fields } from './fields.ts'
import { readJsonObject } from './json.ts'

/**
 * What is done with each field of a HiPay message, in one table. `home`: the event has a field for it;
 * `drop`: card or personal data, never kept. What is in no line is kept in `extra`, unless its name says that it is
 * personal (`PERSONAL_NAME`).
 */
const DISPOSITIONS: Readonly<Record<string, 'home' | 'drop'>> = {
  state: 'home',
  status: 'home',
  message: 'home',
  test: 'home',
  mid: 'home',
  transaction_reference: 'home',
  date_created: 'home',
  date_updated: 'home',
  currency: 'home',
  authorized_amount: 'home',
  captured_amount: 'home',
  refunded_amount: 'home',
  ip_country: 'home',
  reason: 'home',
  'reason[code]': 'home',
  'reason[message]': 'home',
  payment_product: 'home',
  'payment_method[brand]': 'home',
  'payment_method[pan]': 'home',
  'payment_method[card_expiry_month]': 'home',
  'payment_method[card_expiry_year]': 'home',
  'payment_method[issuer]': 'home',
  'payment_method[country]': 'home',
  'three_d_secure[eci]': 'home',
  'three_d_secure[enrollment_status]': 'home',
  'three_d_secure[authentication_status]': 'home',
  'three_d_secure[authentication_message]': 'home',
  'three_d_secure[version]': 'home',
  'three_d_secure[liability_shift]': 'home',
  'fraud_screening[scoring]': 'home',
  'fraud_screening[result]': 'home',
  'fraud_screening[review]': 'home',
  'order[id]': 'home',
  'order[customer_id]': 'home',
  'order[language]': 'home',
  'operation[id]': 'home',
  'operation[reference]': 'home',
  'operation[amount]': 'home',
  'operation[date]': 'home',
  authorization_code: 'home',
  acquirer_transaction_reference: 'home',
  attempt_id: 'home',
  date_authorized: 'home',
  eci: 'home',
  avs_result: 'home',
  cvc_result: 'home',
  'order[amount]': 'home',
  'order[shipping]': 'home',
  'order[tax]': 'home',
  'order[currency]': 'home',
  'order[attempts]': 'home',
  'order[date_created]': 'home',
  'operation[type]': 'home',
  'operation[currency]': 'home',
  // A multi-use token can be charged again, and the card id recognizes the card wherever it is used.
  'payment_method[token]': 'drop',
  'payment_method[card_id]': 'drop',
  'payment_method[card_holder]': 'drop',
  'payment_method[user]': 'drop',
  'three_d_secure[authentication_token]': 'drop',
  'three_d_secure[xid]': 'drop',
  ip_address: 'drop',
  device_id: 'drop',
  forward_url: 'drop',
}

/** A part of a name that marks personal data, at any place in the name. Card data is decided by card-data/rules.ts. */
const PERSONAL_NAME =
  /^(?:.*_)?(?:card_?holder|holder|bic|e?mail|msisdn|phone|telephone|mobile|first_?name|last_?name|full_?name|surname|birth_?date|date_of_birth|address|street_?address|zip_?code|city|gender|password|passphrase|secret|device_fingerprint)$/

/** Bounds of `custom` and of `extra`: real messages stay far below, and an event must remain a small row. */
const ENTRIES_MAX = 100
const NAME_MAX = 100
const VALUE_MAX = 2000
const TOTAL_MAX = 16_000

/** Echoed merchant data and the fields without a home, by their wire names, redacted, bounded, sorted by name. */
export function readRemainder(fields: Fields): {
  custom: Record<string, string>
  extra: Record<string, string>
} {
  const custom: [string, string][] = []
  const extra: [string, string][] = []
  visitExpandedLeaves(fields, (name, text) => {
    const fate = fateOf(name)
    if (fate === 'none') return
    const kept = fate === 'redacted' ? null : eventText(name, text)
    if (fate !== 'extra') custom.push([name, kept ?? '[redacted]'])
    else if (kept !== null && text.trim() !== '') extra.push([name, kept])
  })
  return { custom: boundedRecord(custom), extra: boundedRecord(extra) }
}

/**
 * In XML the custom data may come as one JSON text instead of elements; both read the same. Where there are none, XML has
 * an empty element and a form has nothing.
 */
function visitExpandedLeaves(fields: Fields, visit: (name: string, text: string) => void): void {
  visitLeaves(fields, (name, text) => {
    if (name === 'custom_data' && text.trim() === '') return
    const object = name === 'custom_data' ? readJsonObject(text) : null
    if (object) visitLeaves(object, visit, name)
    else visit(name, text)
  })
}

/** Where a field goes beside its own field of the event, by its name alone: `redacted` is into `custom` without its value. */
const fateOf = memoizeByName((name): 'none' | 'extra' | 'custom' | 'redacted' => {
  const personal = isPersonal(name)
  if (/^(?:custom_data|cdata\d{1,2}$)/.test(name)) return personal ? 'redacted' : 'custom'
  return personal || Object.hasOwn(DISPOSITIONS, name) ? 'none' : 'extra'
})

/** Any part of the name decides: every field below `shipping_address` is personal data. */
function isPersonal(name: string): boolean {
  const parts = name
    .toLowerCase()
    .replaceAll('-', '_')
    .split(/[[\]]+/)
  return parts.some((part) => PERSONAL_NAME.test(part))
}

/** Sorted, so that two encodings of one message agree; own properties only, so that `__proto__` is a plain name. */
function boundedRecord(entries: [string, string][]): Record<string, string> {
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  let room = TOTAL_MAX
  const kept: [string, string][] = []
  for (const [name, text] of entries.slice(0, ENTRIES_MAX)) {
    const entry: [string, string] = [cut(name, NAME_MAX), cut(text, Math.min(VALUE_MAX, room))]
    room -= entry[0].length + entry[1].length
    if (room < 0) break
    kept.push(entry)
  }
  return Object.fromEntries(kept)
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).toWellFormed()
}

/** Free text for people, card numbers inside it masked. Its wire name may forbid it altogether. */
export function redactedAt(fields: Fields, name: string, key?: string): string | null {
  const text = textAt(fields, name, key)
  return text === null ? null : eventText(key ?? name, text)
}

/** Personal data that the account may keep in its events. Card numbers inside it are masked. */
export function personalAt(fields: Fields, name: string, key?: string): string | null {
  const text = wordAt(fields, name, key)
  return text === null ? null : withoutCardNumbers(text)
}

/**
 * A card number as it may be kept: first six and last four digits, stars between. HiPay masks it itself, with stars
 * or x; one that arrives in the clear is masked here. Null when the text is no card number in any of these forms.
 */
export function readMaskedPan(pan: string | null): string | null {
  const compact = (pan ?? '').replaceAll(/[ -]/g, '').replaceAll(/[xX•.]/g, '*')
  return /^[0-9*]{4,25}$/.test(compact) ? maskPan(compact) : null
}
