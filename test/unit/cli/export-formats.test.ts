import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CSV, JSON_LINES } from '../../../src/cli/export-formats.ts'
import { EXPORT_COLUMNS, type ExportRow } from '../../../src/queries/export.ts'

/** What is exported, read back by a reader that others wrote. */

const BLANK = Object.fromEntries(EXPORT_COLUMNS.map((name) => [name, null])) as ExportRow
const rowOf = (values: Partial<ExportRow>): ExportRow => ({ ...BLANK, ...values })

const readBack = (text: string): string[][] => parse(text, { record_delimiter: '\r\n' })

/** Texts with what CSV, spreadsheets and terminals give a meaning to. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('"', ',', ';', '\r', '\n', '\t', '=', '+', '-', '@', "'", ' ', 'é', 'a', '0'),
  }),
)
const number = fc.option(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }))
const row = fc
  .record({
    order_id: fc.option(text),
    reference: text,
    test: fc.option(fc.boolean()),
    captured_total: number,
  })
  .map(rowOf)

/** As a spreadsheet shows a text that it must not compute. */
const inert = (value: string): string =>
  /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : value
const shown = (value: ExportRow[keyof ExportRow]): string =>
  typeof value === 'string' ? inert(value) : value === null ? '' : String(value)

describe('CSV', () => {
  it('reads back as it was, formulas made inert, however it is cut into pages', () => {
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 4 }), { maxLength: 3 }), (pages) => {
        const records = readBack(CSV.head + pages.map(CSV.write).join(''))
        expect(records).toEqual([
          [...EXPORT_COLUMNS],
          ...pages.flat().map((one) => EXPORT_COLUMNS.map((name) => shown(one[name]))),
        ])
      }),
    )
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('makes no formula of %j', (value) => {
    expect(readBack(CSV.write([rowOf({ order_id: value })]))[0]).toContain(`'${value}`)
  })

  it('ends every line with CR and LF, and quotes a lone one inside a value', () => {
    expect(CSV.head).toBe(`${EXPORT_COLUMNS.join()}\r\n`)
    expect(CSV.write([rowOf({ order_id: 'a\nb', reference: 'c\rd' })])).toContain('"a\nb","c\rd"')
  })
})

describe('JSON lines', () => {
  it('reads back as it was, one row in each line', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const lines = JSON_LINES.write(rows).split('\n')
        expect(lines.pop()).toBe('')
        expect(lines.map((line) => JSON.parse(line) as ExportRow)).toEqual(rows)
      }),
    )
  })
})
