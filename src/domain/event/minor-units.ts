/**
 * Money as text from the wire to integer minor units, exactly or not at all.
 * No floating point is involved: digits are moved, never multiplied.
 */

/** ISO 4217 currencies whose minor unit is not a hundredth. Every other currency has two decimals. */
const EXPONENT_OTHER_THAN_TWO: ReadonlyMap<string, number> = new Map(
  Object.entries({
    BIF: 0,
    CLP: 0,
    DJF: 0,
    GNF: 0,
    ISK: 0,
    JPY: 0,
    KMF: 0,
    KRW: 0,
    PYG: 0,
    RWF: 0,
    UGX: 0,
    UYI: 0,
    VND: 0,
    VUV: 0,
    XAF: 0,
    XOF: 0,
    XPF: 0,
    BHD: 3,
    IQD: 3,
    JOD: 3,
    KWD: 3,
    LYD: 3,
    OMR: 3,
    TND: 3,
    CLF: 4,
    UYW: 4,
  }),
)

/**
 * The largest amount that is read, in minor units: far above any payment, and small enough that the sum of thousands
 * stays exact. A larger amount could make the sums of an order, an account or a day unknown.
 */
export const AMOUNT_MAX = 999_999_999_999

const CURRENCY_CODE = /^[A-Z]{3}$/
const DECIMAL_TEXT = /^(-?)(\d+)(?:\.(\d+))?$/
const INTEGER_TEXT = /^-?\d+$/

/**
 * Number of decimals of a currency's minor unit by ISO 4217: `EUR` 2, `JPY` 0, `TND` 3.
 * Null when `currency` is not a three-letter upper-case code: an amount without one cannot be scaled.
 */
export function minorUnitExponent(currency: string): number | null {
  if (!CURRENCY_CODE.test(currency)) return null
  return EXPONENT_OTHER_THAN_TWO.get(currency) ?? 2
}

/**
 * Decimal text in major units ("12.30") to integer minor units (1230) of `currency`.
 * Trailing zeros beyond the exponent are exact ("12.300" EUR = 1230); anything else that does not fit
 * ("12.305" EUR, "1e3", "1,20", "", beyond `AMOUNT_MAX`) is null, and the caller names the field in
 * `invalidAmounts`.
 */
export function parseMajorUnits(text: string, currency: string): number | null {
  const exponent = minorUnitExponent(currency)
  const [, sign = '', whole = '', fraction = ''] = DECIMAL_TEXT.exec(text) ?? []
  if (exponent === null || whole === '') return null
  const excess = fraction.slice(exponent)
  if (/[1-9]/.test(excess)) return null
  return bounded(sign + whole + fraction.slice(0, exponent).padEnd(exponent, '0'))
}

/** Plain integer text in minor units ("1230"); null when it is not one or beyond `AMOUNT_MAX`. */
export function parseMinorUnits(text: string): number | null {
  return INTEGER_TEXT.test(text) ? bounded(text) : null
}

function bounded(digits: string): number | null {
  const value = Number(digits)
  if (Math.abs(value) > AMOUNT_MAX) return null
  // "-0" would be a zero that differs from zero in a comparison by Object.is and in JSON-free equality.
  return value === 0 ? 0 : value
}
