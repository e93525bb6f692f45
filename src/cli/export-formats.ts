import { stringify } from 'csv-stringify/sync'
import { EXPORT_COLUMNS, type ExportRow } from '../queries/export.ts'

/** The way in which rows are written one after the other. */
export interface ExportFormat {
  /** What stands before all rows. */
  head: string
  write: (rows: readonly ExportRow[]) => string
}

/** RFC 4180. What a spreadsheet would take for a formula gets an apostrophe before it. */
const options = {
  columns: [...EXPORT_COLUMNS],
  record_delimiter: 'windows',
  escape_formulas: true,
  // The library quotes for the whole record delimiter and for a line feed; other readers end a row at a carriage return too.
  quoted_match: /[\r\n]/,
  cast: { boolean: String },
} as const

export const CSV: ExportFormat = {
  head: stringify([], { ...options, header: true }),
  write: (rows) => stringify([...rows], options),
}

export const JSON_LINES: ExportFormat = {
  head: '',
  write: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
}
