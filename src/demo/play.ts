import { randomUUID } from 'node:crypto'
import { differencesOfAnswers, differencesOfState, differencesOfTransaction } from './compare.ts'
import type { Input, Scenario } from './scenario.ts'
import { send, type Sent } from './send.ts'
import {
  accountNamed,
  readPending,
  readState,
  readTransaction,
  readUntil,
  type DemoService,
  type State,
  type TransactionState,
} from './state.ts'

/** One scenario over HTTP: send the inputs, compare the answers, compare the state that follows. */
export interface Played {
  scenario: Scenario
  inputs: PlayedInput[]
  state: State
  differences: string[]
}

export interface PlayedInput extends Sent {
  input: Input
  /** The state before the next input, where the scenario asks for it. */
  interim: TransactionState | null
  differences: string[]
}

/** Rejects when the service no longer answers at all. */
export async function play(scenario: Scenario, service: DemoService): Promise<Played> {
  const inputs: PlayedInput[] = []
  for (const input of scenario.inputs) inputs.push(await playInput(input, scenario, service))
  const { value: state, differences } = await settle(
    service,
    () => readState(service, scenario),
    (got) => differencesOfState(scenario.expect, got),
  )
  return {
    scenario,
    inputs,
    state,
    differences: [...inputs.flatMap((input) => input.differences), ...differences],
  }
}

async function playInput(input: Input, scenario: Scenario, service: DemoService): Promise<PlayedInput> {
  const account = accountNamed(service, input.account ?? scenario.account)
  const sent = await send(input, account, service, randomUUID())
  const played = { ...sent, input, interim: null, differences: differencesOfAnswers(input, sent.answers) }
  const { leadsTo } = input
  if (leadsTo === undefined) return played
  const { value: interim, differences } = await settle(
    service,
    () => readTransaction(service, account.account, leadsTo.reference),
    (got) => differencesOfTransaction(leadsTo, got),
  )
  return { ...played, interim, differences: [...played.differences, ...differences] }
}

/**
 * Ask until no message is left to process and the answer is the expected one, or the time is up. Both are needed: an
 * expectation like "no discrepancy" also holds before the message that opens one is processed.
 */
async function settle<Value>(
  service: DemoService,
  read: () => Promise<Value>,
  compare: (value: Value) => string[],
): Promise<{ value: Value; differences: string[] }> {
  const settled = await readUntil(
    async () => {
      const pending = await readPending(service)
      const value = await read()
      return { pending, value, differences: compare(value) }
    },
    ({ pending, differences }) => pending === 0 && differences.length === 0,
  )
  const { pending, value, differences } = settled
  const stuck = pending === 0 ? [] : [`${pending} messages are still not processed`]
  return { value, differences: [...differences, ...stuck] }
}
