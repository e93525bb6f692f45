import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  AMOUNT_MAX,
  minorUnitExponent,
  parseMajorUnits,
  parseMinorUnits,
} from '../../../src/domain/event/minor-units.ts'

/** Amounts as text. */

describe('amounts as text', () => {
  test('M-1 major units by the exponent of ISO 4217, exactly or not at all', () => {
    const cases: [string, string, number | null][] = [
      ['12.30', 'EUR', 1230],
      ['12', 'EUR', 1200],
      ['12.3', 'EUR', 1230],
      ['12.300', 'EUR', 1230],
      ['0.10', 'EUR', 10],
      ['-1.50', 'EUR', -150],
      ['-0.00', 'EUR', 0],
      ['12.305', 'EUR', null],
      ['500', 'JPY', 500],
      ['500.00', 'JPY', 500],
      ['500.50', 'JPY', null],
      ['1.234', 'TND', 1234],
      ['1.2345', 'CLF', 12345],
      ['1,20', 'EUR', null],
      ['1e3', 'EUR', null],
      ['', 'EUR', null],
      [' 1', 'EUR', null],
      ['.5', 'EUR', null],
      ['1.', 'EUR', null],
      ['9999999999.99', 'EUR', AMOUNT_MAX],
      ['10000000000.00', 'EUR', null],
      ['-10000000000.00', 'EUR', null],
      ['90071992547409.91', 'EUR', null],
      ['1.00', 'eur', null],
      ['1.00', '978', null],
    ]
    for (const [text, currency, minor] of cases)
      expect(parseMajorUnits(text, currency), `${text} ${currency}`).toBe(minor)
    expect(['JPY', 'EUR', 'KWD', 'UYW'].map(minorUnitExponent)).toEqual([0, 2, 3, 4])
    for (const text of ['constructor', 'EURO', 'xEUR', 'EU', ''])
      expect(minorUnitExponent(text), text).toBeNull()
  })

  test('M-1 minor units are plain integers', () => {
    expect(['12390', '-5', '0', '-0', '007', '999999999999'].map(parseMinorUnits)).toEqual([
      ...[12390, -5, 0, 0, 7, AMOUNT_MAX],
    ])
    expect(['123.90', '1e3', '', '+1', '1000000000000'].map(parseMinorUnits)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ])
  })

  test('M-1 no amount is ever off by a cent', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: AMOUNT_MAX }),
        fc.constantFrom('EUR', 'JPY', 'TND', 'CLF'),
        (minor, currency) => {
          const exponent = minorUnitExponent(currency) ?? 0
          const digits = String(minor).padStart(exponent + 1, '0')
          const whole = digits.slice(0, digits.length - exponent)
          const text = exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`
          expect(parseMajorUnits(text, currency)).toBe(minor)
        },
      ),
    )
  })
})
