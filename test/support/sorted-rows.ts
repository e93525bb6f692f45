/** Rows in an order that no collation changes. */
export const sorted = <Row>(rows: readonly Row[]): Row[] =>
  [...rows].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))
