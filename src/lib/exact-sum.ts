/** A sum, which may come as the text of a whole number, as a number holds it; null: it is beyond what a number holds exactly, and a wrong figure is worse than none. */
export function exactSum(sum: number | bigint | string | null): number | null {
  const value = Number(sum)
  return sum !== null && Number.isSafeInteger(value) ? value : null
}
