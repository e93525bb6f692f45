/** Middle of an unordered list; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

/** The least value that at least this share of the values does not exceed. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN
}

export interface Percentiles {
  p50: number
  p99: number
  p999: number
}

/** Of microseconds, as milliseconds. */
export function percentilesMs(micros: Uint32Array): Percentiles {
  const sorted = micros.slice().sort()
  const at = (share: number): number => percentile(sorted, share) / 1_000
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}
