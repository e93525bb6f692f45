/** A sum as a number holds it; null: it is beyond what a number holds exactly, and a wrong figure is worse than none. */
export function exactSum(sum: number | bigint | null): number | null {
  const value = Number(sum)
  return sum !== null && Number.isSafeInteger(value) ? value : null
}
