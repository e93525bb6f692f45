import type { Scenario } from './scenario.ts'
import { contradictions } from './scenarios/contradictions.ts'
import { examples } from './scenarios/examples.ts'
import { meeting } from './scenarios/meeting.ts'
import { repetition } from './scenarios/repetition.ts'
import { retries } from './scenarios/retries.ts'
import { trust } from './scenarios/trust.ts'

/**
 * Everything that the demonstration plays, in this order.
 *
 * To add a scenario, add one object to one of the lists in scenarios/:
 *   name, sentence   what the reader of the output sees; the name is at most 24 characters long
 *   account          one of accounts.ts, which says what each of them promises about its traffic
 *   steps            `hipayNotifies('118', payment(…))`, `be2billAnswers('payment', '0000', payment(…))` …, with
 *                    further fields spread in: `{ ...hipayNotifies(…), times: 3, tamper: true, answers: 401 }`
 *   expect           what the service has to believe once everything is processed
 * Its references and order ids must be new. A case that test/fixtures/scenarios/ already has is not written again: name its
 * file in scenarios/examples.ts. `npm run demo` plays it, compares, and shows it in the final table.
 */
export const scenarios: readonly Scenario[] = [
  ...meeting,
  ...repetition,
  ...contradictions,
  ...trust,
  ...retries,
  ...examples,
]
