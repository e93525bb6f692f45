import type { Scenario } from './scenario.ts'
import { contradictions } from './scenarios/contradictions.ts'
import { examples } from './scenarios/examples.ts'
import { meeting } from './scenarios/meeting.ts'
import { repetition } from './scenarios/repetition.ts'
import { retries } from './scenarios/retries.ts'
import { trust } from './scenarios/trust.ts'

/**
 * Everything that the demonstration plays, in this order. scenario.ts describes the format.
 *
 * To add a scenario, add one object to one of the lists in scenarios/. Its name is at most 24 characters long, its
 * account one of accounts.ts, its references and order ids are new. Its inputs are made by samples.ts, with options
 * spread in: `{ ...hipayNotifies('118', payment(…)), times: 3 }`. A case that test/fixtures/scenarios/ already
 * has is not written again: name its file in scenarios/examples.ts.
 */
export const scenarios: readonly Scenario[] = [
  ...meeting,
  ...repetition,
  ...contradictions,
  ...trust,
  ...retries,
  ...examples,
]
