import { parseMajorUnits } from '../../domain/event/minor-units.ts'
import type { Fields } from './fields.ts'
import { wordAt } from './fields.ts'

/** Every amount a message states, in minor units; null: not stated, or stated so that it cannot be read exactly. */
export interface Amounts {
  currency: string | null
  authorizedTotal: number | null
  capturedTotal: number | null
  refundedTotal: number | null
  /** Of the operation alone (`operation[amount]`). */
  operationAmount: number | null
  /** Wire names of stated amounts that are null above. */
  invalidAmounts: string[]
}

type Parse = (text: string) => number | null

/**
 * Read the counters and the operation's own amount. `real_*` counters, which HiPay adds when a call carried an
 * operation id, count what was executed rather than asked for, and win where they stand.
 * `fallbackCurrency` is used when the message names none.
 */
export function readAmounts(fields: Fields, fallbackCurrency: string | null = null): Amounts {
  const stated = wordAt(fields, 'currency') ?? fallbackCurrency ?? wordAt(fields, 'operation', 'currency')
  const currency = stated?.toUpperCase() ?? null
  const parse = scaleOf(currency, wordAt(fields, 'decimals'))
  const invalid: string[] = []
  const read = (name: string, text = wordAt(fields, name), parseWith = parse): number | null => {
    if (text === null) return null
    const amount = parseWith(text)
    if (amount !== null && amount >= 0) return amount
    invalid.push(name)
    return null
  }
  const executed = (name: string): number | null => {
    const real = `real_${name}`
    return wordAt(fields, real) === null ? read(name) : read(real)
  }
  return {
    currency,
    authorizedTotal: read('authorized_amount'),
    capturedTotal: executed('captured_amount'),
    refundedTotal: executed('refunded_amount'),
    operationAmount: read(
      'operation[amount]',
      wordAt(fields, 'operation', 'amount'),
      operationScale(fields, currency, parse),
    ),
    invalidAmounts: invalid.sort(),
  }
}

/**
 * With a currency, ISO 4217 decides and the stated `decimals` is not consulted. Without one, `decimals` is believed
 * only if the amount is written with exactly that many: two statements of HiPay that agree are no guess of ours.
 */
export function scaleOf(currency: string | null, decimals: string | null): Parse {
  if (currency !== null) return (text) => parseMajorUnits(text, currency)
  const sample = SAMPLE_CURRENCIES[decimals ?? '']
  return (text) =>
    sample !== undefined && fractionDigits(text) === Number(decimals) ? parseMajorUnits(text, sample) : null
}

/** A currency of each exponent, to scale amounts whose currency is unknown but whose decimals are. */
const SAMPLE_CURRENCIES: Readonly<Partial<Record<string, string>>> = { '0': 'JPY', '2': 'EUR', '3': 'TND' }

function fractionDigits(text: string): number {
  const point = text.indexOf('.')
  return point === -1 ? 0 : text.length - point - 1
}

/** An operation in another currency than its transaction cannot be added to anything: its amount is unreadable here. */
function operationScale(fields: Fields, currency: string | null, parse: Parse): Parse {
  const own = wordAt(fields, 'operation', 'currency')?.toUpperCase()
  return own !== undefined && own !== currency ? () => null : parse
}
