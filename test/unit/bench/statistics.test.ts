import { expect, it } from 'vitest'
import { median, percentile, welchT } from '../../bench/statistics.ts'

it('the median of an even number of values is the mean of the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5])
})

it('a percentile is a value that occurs', () => {
  const sorted = Float64Array.of(1, 2, 3, 4)
  expect([0, 0.25, 0.5, 0.51, 1].map((share) => percentile(sorted, share))).toEqual([1, 1, 2, 3, 4])
})

it("Welch's t is the distance of the means in standard errors, whatever the sizes and variances", () => {
  // Means 3 and 6, variances 2.5 and 4, sizes 5 and 3: -3 / sqrt(0.5 + 4/3).
  expect(welchT([1, 2, 3, 4, 5], [4, 6, 8])).toBeCloseTo(-3 / Math.sqrt(0.5 + 4 / 3), 12)
  expect(welchT([4, 6, 8], [1, 2, 3, 4, 5])).toBeCloseTo(3 / Math.sqrt(0.5 + 4 / 3), 12)
  expect(welchT([1, 2, 3], [3, 2, 1])).toBe(0)
})

it("Welch's t does not lose a small difference between large values", () => {
  const large = 1e12
  expect(welchT([large, large + 2], [large + 1, large + 3])).toBeCloseTo(-1 / Math.SQRT2, 6)
})
