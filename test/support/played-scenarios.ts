import type { Message } from '../../src/demo/scenario.ts'
import { send as sendInput } from '../../src/demo/send.ts'
import { accountNameOf, exampleAccount, type WorkedExample } from '../../src/demo/worked-example.ts'
import type { TestService } from './service.ts'

/** Worked examples as traffic, sent by the demonstration's own code, each into an account of its own. */

export const accountOf = (scenario: WorkedExample) =>
  exampleAccount(scenario, `for-tests-only-${scenario.id}`)

/** Send one input over HTTP; `key` tells equal answers apart, and is the same when the same is sent again. */
export async function send(
  service: TestService,
  scenario: WorkedExample,
  input: Message,
  key: string,
): Promise<void> {
  const account = service.account(scenario.provider, accountNameOf(scenario))
  const access = { baseUrl: service.url, apiKey: service.apiKey }
  const { answers } = await sendInput(input, account, access, key)
  for (const { status, body } of answers)
    if (status >= 300) throw new Error(`${scenario.id}: ${status} ${body}`)
}
