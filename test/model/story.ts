import { clock } from './calls.ts'
import { openOf, transactionsOf } from './checks.ts'
import type { Call, Deed, TrueOrder } from './ledger.ts'
import { deedsOf } from './ledger.ts'
import type { Played } from './play.ts'
import { fearsOf } from './standing.ts'

/** A failing world as a person reads it: what really happened, what the service was told, what it says, and why that is wrong. */

export function storyOf(played: Played): string {
  const { world, fault, after, now } = played
  const { truth, arrivals } = world
  const { policy } = truth
  const account = [
    `${truth.provider}, responses ${policy.responses}, expectations ${policy.expectations}`,
    `clocks may differ by ${policy.clockSkew / 1000} s (shop ${truth.shopClock / 1000} s, provider ${truth.providerClock / 1000} s)`,
    `page attempts ${policy.pageAttempts ?? 'not known'}${policy.echoedIn === null ? '' : `, operation ids echoed in ${policy.echoedIn}`}`,
  ]
  return [
    `FAULT (${fault?.check ?? 'none'}): ${fault?.text ?? ''}`,
    `account: ${account.join('; ')}`,
    'what really happened:',
    ...truth.orders.flatMap((order) => happened(order).map((line) => `  ${line}`)),
    `what the service was told, by its own clock, until ${clock(now)}:`,
    ...arrivals
      .slice(0, after)
      .flatMap((arrival, index) => [
        `  ${clock(arrival.at)}  ${arrival.text}`,
        ...played.words
          .filter((word) => word.after === index + 1)
          .map(({ text }) => `                  ${text}`),
      ]),
    'what it says:',
    ...said(played).map((line) => `  ${line}`),
    'what the ledger says must be feared:',
    ...truth.orders.flatMap((order) => fearsOf(order, now).map(({ text }) => `  ${order.id}: ${text}`)),
  ].join('\n')
}

function happened(order: TrueOrder): string[] {
  const deeds = order.payments.flatMap(deedsOf)
  const byHand = deeds.filter(({ call }) => call === null)
  const calls = order.calls.map((call): [number, string] => [call.at, callText(call)])
  const rest = byHand.map((deed): [number, string] => [
    deed.begunAt,
    `${clock(deed.begunAt)}  ${deedText(deed)}, no call`,
  ])
  return [...calls, ...rest].sort(([left], [right]) => left - right).map(([, text]) => text)
}

function callText(call: Call): string {
  if (!call.made) return `${clock(call.at)}  ${call.name} (${call.kind}) is announced and never made`
  const led = call.deeds.map((deed) => `${deedText(deed)} ${clock(deed.begunAt)} to ${clock(deed.settledAt)}`)
  const lapse = call.payableUntil > 0 ? `, payable until ${clock(call.payableUntil)}` : ''
  const ended = `${call.end} at ${clock(call.endedAt)}, ${call.toldAt === null ? 'never told' : `told at ${clock(call.toldAt)}`}${lapse}`
  return `${clock(call.at)}  ${call.name} (${call.kind}): ${led.join('; ') || 'the provider did nothing'}; ${ended}`
}

const deedText = ({ name, outcome, amount, payment, kind }: Deed): string =>
  `${name} ${(amount / 100).toFixed(2)} ${outcome}${kind === 'payment' ? ` (${payment.reference})` : ''}`

function said({ world, believed }: Played): string[] {
  return believed.orders
    .flatMap((order) => {
      const payments = transactionsOf(believed, order.orderId)
      const { paid, safeToRetry, reason, paidTotal, refundedTotal, netTotal } = order
      return [
        `${order.orderId}: paid ${paid}, safe to retry ${safeToRetry} (${reason}), captured ${paidTotal ?? 'unknown'}, refunded ${refundedTotal ?? 'unknown'}, net ${netTotal ?? 'unknown'}`,
        ...payments.map(
          (payment) =>
            `  ${payment.reference}: ${payment.status}, ${payment.reconciliation}; ${payment.operations.map(({ operation, reconciliation, amount }) => `${operation} ${amount ?? '?'} ${reconciliation}`).join(', ')}`,
        ),
        ...openOf(order, payments).map(
          (open) => `  open ${open.class} ${open.field ?? ''} ${open.amountAtRisk ?? 'unknown'} at risk`,
        ),
      ]
    })
    .concat(world.truth.orders.length === 0 ? ['nothing'] : [])
}

/** `inputs` of a scenario file (test/fixtures/scenarios): what arrived, without its times of receipt. */
export function scenarioInputs({ world, after }: Played): string {
  const inputs = world.arrivals.slice(0, after).map(({ input }) => input)
  return JSON.stringify({ inputs }, null, 2)
}
