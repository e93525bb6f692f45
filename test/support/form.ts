/** What `npm test` has no time for, `npm run test:long` does: more orders, longer faults, more rounds. */
const LONG = process.env['TEST_FORM'] === 'long'

export const inForm = <Value>(short: Value, long: Value): Value => (LONG ? long : short)

/** A new seed each time in the long form; the short one repeats itself. */
export const SEED = inForm(20_260_401, Date.now() % 1_000_000_000)

/** Why a test was left out; the closing line of a run reads it (test-results.ts). */
export interface LeftOut {
  /** Only the long form runs it. */
  longOnly?: true
  /** A program that the machine lacks: continuous integration could have installed it. */
  missing?: string
  /** What the machine does not let us do. */
  forbidden?: string
}

declare module '@vitest/runner' {
  interface TaskMeta {
    leftOut?: LeftOut
  }
}

/** Options of a test or a group that only the long form runs. */
export const LONG_ONLY = { skip: !LONG, meta: { leftOut: { longOnly: true } } } as const

/** Options of a test or a group that runs where the machine has a program. */
export const needing = (program: string, available: boolean) => ({
  skip: !available,
  meta: { leftOut: { missing: program } },
})
