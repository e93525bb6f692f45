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

/** Welch's t of two samples whose variances may differ: how many standard errors lie between their means. */
export function welchT(left: ArrayLike<number>, right: ArrayLike<number>): number {
  const [a, b] = [momentsOf(left), momentsOf(right)]
  return (a.mean - b.mean) / Math.sqrt(a.variance / left.length + b.variance / right.length)
}

/** In two passes: the difference of large squares would lose what is looked for. */
function momentsOf(values: ArrayLike<number>): { mean: number; variance: number } {
  let sum = 0
  for (let index = 0; index < values.length; index += 1) sum += values[index] ?? NaN
  const mean = sum / values.length
  let squares = 0
  for (let index = 0; index < values.length; index += 1) squares += ((values[index] ?? NaN) - mean) ** 2
  return { mean, variance: squares / (values.length - 1) }
}
