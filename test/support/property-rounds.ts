import { inForm } from './form.ts'

const { PROPERTY_RUNS, PROPERTY_SEED } = process.env

/**
 * How often a property is tried, and from which seed: thirty times as often in the long form. `PROPERTY_RUNS` asks for another
 * number (under mutation testing for fewer); `PROPERTY_SEED` repeats a run: fast-check prints seed and path of every failure.
 */
export function rounds(numRuns: number): { numRuns: number; seed?: number } {
  return {
    numRuns:
      PROPERTY_RUNS === undefined ? inForm(Math.ceil(numRuns / 3), 10 * numRuns) : Number(PROPERTY_RUNS),
    ...(PROPERTY_SEED === undefined ? {} : { seed: Number(PROPERTY_SEED) }),
  }
}

/** Time for as many rounds as were asked for, in milliseconds. */
export const ROUNDS_TIMEOUT = PROPERTY_RUNS === undefined ? inForm(120_000, 3_600_000) : 3_600_000
