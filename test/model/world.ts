import type { AccountPolicy } from '../../src/domain/event/account-policy.ts'
import * as be2bill from './be2bill-provider.ts'
import { sayAnnouncement } from './calls.ts'
import * as hipayAnswers from './hipay-answers.ts'
import * as hipayNotifications from './hipay-provider.ts'
import type { TrueOrder, Truth } from './ledger.ts'
import { DAY, HOUR, MINUTE, SECOND } from './ledger.ts'
import { createNetwork, LINES } from './network.ts'
import type { Line } from './network.ts'
import type { Choices } from './random.ts'
import { playOrder } from './shop.ts'
import type { Arrival } from './told.ts'

/** One shop with one provider: what really happens, and everything that reaches the service of it, in the order of its receipt. */
export interface World {
  truth: Truth
  line: Line
  arrivals: Arrival[]
}

const BEGINNING = Date.UTC(2026, 3, 1, 8)

export function createWorld(choices: Choices): World {
  const truth = drawTruth(choices)
  const line = choices.pick(LINES)
  for (const [index, order] of truth.orders.entries())
    playOrder({ truth, choices, order, now: BEGINNING + index * 7 * MINUTE })
  const network = createNetwork(truth, choices, line)
  const says = truth.provider === 'hipay' ? { ...hipayNotifications, ...hipayAnswers } : be2bill
  for (const { calls, payments, lookups } of truth.orders) {
    for (const call of calls) {
      sayAnnouncement(network, call)
      says.sayEnd(network, call)
    }
    for (const payment of payments) says.sayPayment(network, payment)
    for (const { payment, at } of lookups) says.sayLookup(network, payment, at)
  }
  // Stable: what arrives at one moment arrives in the order in which it was said.
  const arrivals = network.arrivals.toSorted((left, right) => left.at - right.at)
  return { truth, line, arrivals }
}

function drawTruth(choices: Choices): Truth {
  const provider = choices.pick(['hipay', 'be2bill'] as const)
  const clockSkew = choices.pick([10 * SECOND, 60 * SECOND])
  const half = clockSkew / 2
  const truth: Truth = {
    provider,
    policy: drawPolicy(choices, clockSkew),
    shopClock: choices.pick([0, half, -half]),
    providerClock: choices.pick([0, half, -half]),
    countersFall: !choices.chance(1, 2),
    careless: choices.chance(1, 20),
    orders: [],
  }
  const orders = choices.chance(1, 5) ? 2 : 1
  truth.orders = Array.from({ length: orders }, (_, index) => drawOrder(choices, truth, index + 1))
  return truth
}

function drawPolicy(choices: Choices, clockSkew: number): AccountPolicy {
  return {
    responses: choices.weighted([
      [50, 'expected'],
      [30, 'announced'],
      [20, 'none'],
    ] as const),
    expectations: choices.chance(1, 5) ? 'required' : 'optional',
    test: null,
    merchantIds: [],
    deadlines: {
      notification: 15 * MINUTE,
      response: 15 * MINUTE,
      expectation: HOUR,
      action: DAY,
      pending: 14 * DAY,
      page: DAY,
    },
    callTimeout: MINUTE,
    clockSkew,
    pageAttempts: choices.pick([3, null, 1]),
    echoedIn: choices.chance(1, 5) ? 'call_id' : null,
  }
}

function drawOrder(choices: Choices, { provider }: Truth, number: number): TrueOrder {
  return {
    id: `O${number}`,
    calls: [],
    payments: [],
    amount: 12_000,
    statesAmount: !choices.chance(1, 5),
    sale: !choices.chance(2, 5),
    lookups: [],
    plan: provider === 'be2bill' && choices.chance(1, 8),
    known: { hinted: false, closedAsNothing: 0, closed: [] },
  }
}
