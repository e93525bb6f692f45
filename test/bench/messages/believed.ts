import type { LoadResult } from '../client/protocol.ts'
import { accountNamed } from './accounts.ts'
import type { Corpus } from './corpus.ts'
import { stories, type Expected, type Step, type Story } from './stories.ts'
import { amountOf, referenceOf } from './template.ts'

/** What the senders may rely on after a run: which messages were acknowledged, and what follows from them per payment. */
export interface Believed {
  /** Indexes of distinct messages of which some delivery was acknowledged. */
  acknowledged: number[]
  /** Indexes of distinct messages that were sent and not acknowledged: they may be stored or not. */
  uncertain: number[]
  /** Deliveries that were acknowledged, and the others. */
  deliveries: { acknowledged: number; uncertain: number }
  transactions: ExpectedTransaction[]
}

export interface ExpectedTransaction {
  provider: string
  account: string
  reference: string
  /** Null: it is not certain which of its messages arrived, if any. */
  state: {
    status: string
    authorized: number | null
    captured: number | null
    refunded: number | null
  } | null
}

/** One stretch of sending: messages from `from` on. */
export interface Sent {
  from: number
  result: LoadResult
}

export function believed(corpus: Corpus, sent: readonly Sent[]): Believed {
  const acknowledged = new Set<number>()
  const attempted = new Set<number>()
  const deliveries = { acknowledged: 0, uncertain: 0 }
  for (const { from, result } of sent) {
    result.statuses.forEach((status, at) => {
      const original = corpus.originals[from + at] ?? 0
      attempted.add(original)
      if (status === 200) acknowledged.add(original)
      deliveries[status === 200 ? 'acknowledged' : 'uncertain'] += 1
    })
  }
  return {
    acknowledged: [...acknowledged],
    uncertain: [...attempted.difference(acknowledged)],
    deliveries,
    transactions: expectedTransactions(corpus, acknowledged, attempted),
  }
}

function expectedTransactions(
  corpus: Corpus,
  acknowledged: ReadonlySet<number>,
  attempted: ReadonlySet<number>,
): ExpectedTransaction[] {
  /** Steps by payment, as bits. */
  const sent = new Map<number, number>()
  const doubtful = new Set<number>()
  for (const index of attempted) {
    const payment = corpus.payments[index] ?? 0
    sent.set(payment, (sent.get(payment) ?? 0) | (1 << (corpus.steps[index] ?? 0)))
    if (!acknowledged.has(index)) doubtful.add(payment)
  }
  return [...sent].flatMap(([payment, steps]) => {
    const story = stories[corpus.storyOf[payment] ?? 0] as Story
    const { provider, account } = accountNamed(story.account)
    return [false, true].flatMap((ownReference) => {
      const expected = lastOf(story, ownReference, steps)?.expected
      if (expected === undefined) return []
      const reference = referenceOf(payment, story, ownReference)
      const state = doubtful.has(payment) ? null : stateOf(expected, amountOf(payment))
      return [{ provider, account, reference, state }]
    })
  })
}

/** The last of the steps that speaks of this reference. */
const lastOf = (story: Story, ownReference: boolean, steps: number): Step | undefined =>
  story.steps.findLast((step, at) => step.ownReference === ownReference && (steps & (1 << at)) !== 0)

function stateOf(
  { status, authorized, captured, refunded }: Expected,
  amount: number,
): ExpectedTransaction['state'] {
  const inMinorUnits = (share: 0 | 1 | null): number | null => (share === null ? null : share * amount)
  return {
    status,
    authorized: inMinorUnits(authorized),
    captured: inMinorUnits(captured),
    refunded: inMinorUnits(refunded),
  }
}
