import type { InterimState, Scenario } from '../scenario.ts'
import { accountNameOf, readExample, renamed, type WorkedExample } from '../worked-example.ts'

/** The worked examples that say most to a viewer. */

interface ChosenExample {
  /** Below test/fixtures/scenarios/. */
  file: string
  name: string
  sentence: string
  /** Positions of the inputs in the order in which they are sent; as they are written by default. */
  arrival?: readonly number[]
  /** State in the meantime, by the position of the input that leads to it. */
  leadsTo?: Readonly<Record<number, InterimState>>
}

const chosen: readonly ChosenExample[] = [
  {
    file: 'hipay/H13-two-partial-captures-with-operation-ids',
    name: 'Two partial captures',
    sentence:
      '20.00 and 5.00 of 50.00: each capture finds its own answer, and the counters say what is paid.',
  },
  {
    file: 'hipay/H16-first-partial-capture-s-notification-lost-cumulative',
    name: 'Capture not notified',
    sentence:
      'The counter stands at 25.00 and only 5.00 was notified: the sum is right, the gap is named in time.',
  },
  {
    file: 'hipay/H20-partial-capture-rest-cancelled-money-stays',
    name: 'Rest cancelled',
    sentence: 'Part of the money is captured, the rest released: what was paid stays paid.',
  },
  {
    file: 'hipay/H22-voided-authorization',
    name: 'Voided authorization',
    sentence: 'The shop gives the authorization back before any capture: asking again is safe.',
  },
  {
    file: 'be2bill/B17-authorization-then-capture-of-less-link-from-the',
    name: 'Link comes late',
    sentence: 'A capture that names no payment stands alone until the shop says which; then both are one.',
    arrival: [0, 1, 3, 2],
    leadsTo: { 3: { reference: 'A2', status: 'captured', reconciliation: 'notification_only' } },
  },
  {
    file: 'be2bill/B26-first-chargeback',
    name: 'Chargeback',
    sentence: 'The card holder takes the money back: no longer paid, and no reason to charge again.',
  },
  {
    file: 'hipay/H48-our-call-timed-out-then-the-notification',
    name: 'Time-out, then paid',
    sentence: 'The call got no answer; the notification tells how it ended, and claims the open call.',
  },
  {
    file: 'hipay/H49b-after-the-deadline',
    name: 'Time-out, then silence',
    sentence: 'Neither answer nor notification: a second attempt could be a second charge.',
  },
  {
    file: 'hipay/H51-api-error-before-processing-http-401-1000001',
    name: 'Call refused by HTTP 401',
    sentence:
      'HiPay refused the call itself: nothing was processed, nothing is awaited, asking again is safe.',
  },
  {
    file: 'hipay/H69-one-payment-page-two-attempts',
    name: 'One page, two attempts',
    sentence: 'A card is declined on the payment page, the next one pays: the page’s answer belongs to both.',
  },
  {
    file: 'hipay/H56-paid-less-than-expected-not-paid',
    name: 'Paid less than asked',
    sentence: 'The shop announced 50.00 and 5.00 came: captured, but the order is not paid.',
  },
  {
    file: 'be2bill/B44-duplicate-payment-closed-by-a-refund',
    name: 'Duplicate, then refund',
    sentence: 'The order is paid twice until one of the payments goes back; then the alarm closes by itself.',
    leadsTo: { 3: { reference: 'A2', status: 'captured', reconciliation: 'discrepant' } },
  },
]

/** References and order ids become different ones, so that each row of the table is about one payment. */
const played = chosen.map((entry, index) => {
  const suffix = String(index + 1).padStart(2, '0')
  return { ...renamed(entry, suffix), example: renamed(readExample(entry.file), suffix) }
})

/** What they need accounts for. */
export const playedExamples: readonly WorkedExample[] = played.map(({ example }) => example)

export const examples: readonly Scenario[] = played.map(
  ({ example, name, sentence, arrival = example.inputs.keys(), leadsTo = {} }) => ({
    name,
    sentence,
    account: accountNameOf(example),
    inputs: [...arrival].flatMap((position) => {
      const [input] = example.inputs.slice(position)
      const interim = leadsTo[position]
      return input ? [{ ...input, ...(interim && { leadsTo: interim }) }] : []
    }),
    expect: example.expect,
  }),
)
