import { setTimeout as pause } from 'node:timers/promises'
import {
  announce,
  deliver,
  forward,
  notificationUrl,
  tampered,
  type Answer,
  type MerchantAccess,
} from '../cli/delivery.ts'
import type { Account } from '../providers/provider.ts'
import { providerOf } from '../providers/registry.ts'
import {
  askBelief,
  askPending,
  askTransaction,
  type Belief,
  type Stage,
  type TransactionView,
} from './belief.ts'
import { resolveOpen } from './operator.ts'
import { differencesOfAnswers, differencesOfBelief, differencesOfTransaction } from './compare.ts'
import type { NotificationStep, RawStep, Scenario, Step } from './scenario.ts'

/** One scenario over HTTP: send, look at the answers, ask what is believed now. */
export interface Performance {
  scenario: Scenario
  acts: Act[]
  belief: Belief
  differences: string[]
}

export interface Act {
  step: Step
  /** Method and path, for the reader. */
  request: string
  answers: Answer[]
  /** What was believed before the next step, where the scenario asks. */
  believed: TransactionView | null
  differences: string[]
}

/** Processing takes milliseconds; a machine under load may take a thousand times that. */
const BELIEF_TIMEOUT_MS = 5_000
const POLL_MS = 10

/** Rejects when the service no longer answers at all. */
export async function play(scenario: Scenario, stage: Stage): Promise<Performance> {
  const acts: Act[] = []
  for (const step of scenario.steps) acts.push(await perform(step, scenario, stage))
  const { value: belief, differences } = await settle(
    stage,
    () => askBelief(stage, scenario),
    (got) => differencesOfBelief(scenario.expect, got),
  )
  return { scenario, acts, belief, differences: [...acts.flatMap((act) => act.differences), ...differences] }
}

async function perform(step: Step, scenario: Scenario, stage: Stage): Promise<Act> {
  const account = accountOf(stage, step.account ?? scenario.account)
  const { request, answers } = await send(step, account, stage)
  const act = { step, request, answers, believed: null, differences: differencesOfAnswers(step, answers) }
  const { leadsTo } = step
  if (leadsTo === undefined) return act
  const { value: believed, differences } = await settle(
    stage,
    () => askTransaction(stage, account.account, leadsTo.reference),
    (got) => differencesOfTransaction(leadsTo, got),
  )
  return { ...act, believed, differences: [...act.differences, ...differences] }
}

/** What was asked of the service, and what it answered. */
export interface Sent {
  request: string
  answers: Answer[]
}

/** One step over HTTP, signed by the account's own adapter where a provider speaks. */
export async function send(step: Step, account: Account, stage: MerchantAccess): Promise<Sent> {
  const { provider, account: slug } = account
  if (step.send === 'notification') return sendNotification(step, account, stage)
  if (step.send === 'raw') return sendRaw(step, account, stage)
  const about = { provider, account: slug }
  if (step.send === 'announcement') {
    const answer = await announce(stage, { ...about, ...step.announcement })
    return { request: `POST /v1/expectations for ${slug}`, answers: [answer] }
  }
  if (step.send === 'resolution') {
    const answer = await resolveOpen(stage, about, step)
    return { request: `POST /v1/discrepancies/…/resolve`, answers: [answer] }
  }
  const answer = await forward(stage, { ...about, ...step.forwarding }, step.idempotencyKey)
  return { request: `POST /v1/responses for ${slug}`, answers: [answer] }
}

async function sendNotification(
  step: NotificationStep,
  account: Account,
  { baseUrl }: MerchantAccess,
): Promise<Sent> {
  const { via = account.provider, times = 1 } = step
  const provider = providerOf(account.provider)
  if (!provider) throw new Error(`no adapter for ${account.provider}`)
  const signed = provider.sign(step.fields, account, step.sign)
  const request = step.tamper === true ? tampered(signed) : signed
  const target = { baseUrl, provider: via, account: account.account }
  const answers: Answer[] = []
  for (let turn = 0; turn < times; turn++) answers.push(await deliver(target, request))
  return { request: `${request.method} ${pathOf(target)}`, answers }
}

async function sendRaw(step: RawStep, account: Account, { baseUrl }: MerchantAccess): Promise<Sent> {
  const target = { baseUrl, provider: account.provider, account: account.account }
  const body = Buffer.from(step.body)
  const headers = { ...step.headers }
  const answer = await deliver(target, { method: 'POST', query: '', headers, body })
  return { request: `POST ${pathOf(target)}`, answers: [answer] }
}

const pathOf = (target: Parameters<typeof notificationUrl>[0]): string =>
  notificationUrl({ ...target, baseUrl: '' })

function accountOf({ accounts }: Stage, slug: string): Account {
  const account = accounts.get(slug)
  if (!account) throw new Error(`the demonstration has no account ${slug}`)
  return account
}

/**
 * Ask until nothing is left to process and the answer is the expected one, or the time is up. Both are needed: an
 * expectation like "no discrepancy" also holds before the message that opens one was looked at.
 */
async function settle<T>(
  stage: Stage,
  read: () => Promise<T>,
  compare: (value: T) => string[],
): Promise<{ value: T; differences: string[] }> {
  const deadline = performance.now() + BELIEF_TIMEOUT_MS
  for (;;) {
    const pending = await askPending(stage)
    const value = await read()
    const differences = compare(value)
    if (pending === 0 && differences.length === 0) return { value, differences }
    if (performance.now() >= deadline) {
      const stuck = pending === 0 ? [] : [`${pending} messages are still not processed`]
      return { value, differences: [...differences, ...stuck] }
    }
    await pause(POLL_MS)
  }
}
