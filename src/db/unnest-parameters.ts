/** Turn rows into one array per column, the shape that `unnest` takes: a statement's text then never depends on the batch. */
export function columns<Row>(rows: readonly Row[], ...pick: readonly ((row: Row) => unknown)[]): unknown[][] {
  return pick.map((value) => rows.map(value))
}

/** Separates JSON texts: inside them a control character is always escaped. */
const SEPARATOR = '\u001e'

/**
 * A column of JSON texts as one text, for `jsonArray`: an array parameter would escape every quote in it twice over, which
 * costs more than all else in a batch. Null is an empty text.
 */
export function jsonColumn(texts: readonly (string | null)[]): string {
  return texts.map((text) => text ?? '').join(SEPARATOR)
}

/** The column again, in SQL: `json` or `jsonb` values of the parameter, in order. */
export const jsonArray = (parameter: `$${number}`, type: 'json' | 'jsonb'): string =>
  `string_to_array(${parameter}::text, E'\\x1e', '')::${type}[]`

/** Length of a SHA-256 in bytes. */
const DIGEST_LENGTH = 32

/** The digest of row `ordinal` (counted from 1) in a parameter that holds those of all rows, one after the other. */
export const digestAt = (parameter: `$${number}`, ordinal: string): string =>
  `substring(${parameter}::bytea FROM (${ordinal}::int - 1) * ${DIGEST_LENGTH} + 1 FOR ${DIGEST_LENGTH})`

/** Where each of the buffers begins when all are put into one, counted from 1 as SQL does. */
export function startsOf(buffers: readonly Buffer[]): number[] {
  let next = 1
  return buffers.map(({ length }) => {
    const start = next
    next += length
    return start
  })
}

/** SQL for a sum as a JavaScript number; null: a JavaScript number does not hold it exactly. */
export const exactly = (sum: string): string => `exact_sum(${sum})::float8`

/** A time, in SQL, as JavaScript writes it: some are compared as text. */
export const isoText = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
