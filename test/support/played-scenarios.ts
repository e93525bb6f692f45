import { stepOf } from '../../src/demo/example-steps.ts'
import { send as sendStep } from '../../src/demo/play.ts'
import {
  accountNameOf,
  exampleAccount,
  type ExampleInput,
  type WorkedExample,
} from '../../src/demo/worked-example.ts'
import type { TestService } from './service.ts'

/** Worked examples as traffic, sent by the demonstration's own player, each into an account of its own. */

export const accountOf = (scenario: WorkedExample) =>
  exampleAccount(scenario, `for-tests-only-${scenario.id}`)

/** Send one input over HTTP; `key` tells equal answers apart, and is the same when the same is sent again. */
export async function send(
  service: TestService,
  scenario: WorkedExample,
  input: ExampleInput,
  key: string,
): Promise<void> {
  const account = service.account(scenario.provider, accountNameOf(scenario))
  const stage = { baseUrl: service.url, apiKey: service.apiKey }
  const { answers } = await sendStep(stepOf(input, key), account, stage)
  for (const { status, body } of answers)
    if (status >= 300) throw new Error(`${scenario.id}: ${status} ${body}`)
}
