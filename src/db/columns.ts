/** Turn rows into one array per column, the shape that `unnest` takes: a statement's text then never depends on the batch. */
export function columns<Row>(rows: readonly Row[], ...pick: readonly ((row: Row) => unknown)[]): unknown[][] {
  return pick.map((value) => rows.map(value))
}
