import type { Scenario } from './scenario.ts'
import { be2billScenarios } from './scenarios/be2bill.ts'
import { hipayScenarios } from './scenarios/hipay.ts'

/**
 * Everything that the demonstration plays, in this order.
 *
 * To add a scenario, add one object to scenarios/hipay.ts or scenarios/be2bill.ts:
 *   name, sentence   what the reader of the output sees
 *   account          one of accounts.ts, which says what each of them promises about its traffic
 *   steps            `hipayNotifies('118', payment)`, `be2billAnswers('payment', '0000', payment)` …, with further
 *                    fields spread in: `{ ...hipayNotifies(…), times: 3, tamper: true, answers: 401 }`
 *   expect           what the service has to believe once everything is processed
 * References and order ids must be new. `npm run demo` plays it, compares, and shows it in the final table.
 */
export const scenarios: readonly Scenario[] = [...hipayScenarios, ...be2billScenarios]
