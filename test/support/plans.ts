import fc from 'fast-check'
import type { Announcement } from '../../src/inbox/reconcile/expectations.ts'
import { message, type Message } from './histories.ts'
import { be2billStory, hipayStory, type Story } from './stories.ts'

/** What several clients do at once, phase by phase, drawn at random. Names are `histories.ts`'s. */
export interface Plan {
  provider: 'hipay' | 'be2bill'
  tellings: Telling[]
  words: Word[]
  /** Milliseconds that pass after each phase. */
  passing: number[]
}

/** One message on its way: sent until it is acknowledged, by whichever replica, and perhaps once more later. */
export interface Telling {
  message: Message
  phase: number
  /** Senders at the same moment; one that is impatient hangs up and lets the next one try. */
  sends: { replica: 0 | 1; impatient: boolean }[]
  /** Sent again that many phases later. */
  again: number | null
  encoding: 'form' | 'xml'
  /** The merchant waits for what comes of the answer. */
  held: boolean
}

/** What merchant and operator say besides. `which` counts the announcements made, or the discrepancies that are open. */
export type Word = { phase: number; replica: 0 | 1 } & (
  | { kind: 'announce'; announcement: Omit<Announcement, 'provider' | 'account'>; times: number }
  | { kind: 'withdraw'; which: number }
  | { kind: 'resolve'; which: number; outcome: 'not_processed' | null }
)

export const PHASES = 3
const MINUTE = 60_000
const DAY = 1_440 * MINUTE

const phase = fc.nat(PHASES - 1)
const replica = fc.constantFrom<0 | 1>(0, 1)

const tellingOf = (given: Message): fc.Arbitrary<Telling> =>
  fc.record({
    message: fc.constant(given),
    phase,
    sends: fc.array(fc.record({ replica, impatient: fc.boolean() }), { minLength: 1, maxLength: 3 }),
    again: fc.option(fc.integer({ min: 1, max: 2 }), { freq: 3 }),
    encoding: fc.constantFrom('form' as const, 'xml' as const),
    held: fc.boolean(),
  })

const wholeStory = (story: fc.Arbitrary<Story>): fc.Arbitrary<Telling[]> =>
  story.chain(({ messages }) => fc.tuple(...messages.map(({ told }) => tellingOf(told))))

const anything = (provider: Plan['provider']): fc.Arbitrary<Telling[]> =>
  fc.array(message.filter((one) => one.provider === provider).chain(tellingOf), {
    minLength: 1,
    maxLength: 6,
  })

const announcement = (provider: Plan['provider']): fc.Arbitrary<Omit<Announcement, 'provider' | 'account'>> =>
  fc
    .record({
      orderId: fc.constantFrom('O1', 'O2'),
      channel: fc.constantFrom('direct' as const, 'hosted' as const, undefined),
      operation: fc.constantFrom('payment', 'capture', 'refund', undefined),
      operationId: fc.constantFrom('op1-O1', 'op2-O1', undefined),
      amount: fc.constantFrom(1000, 2500, 5000, undefined),
      parent: fc.boolean(),
    })
    .map(({ parent, ...given }) => ({
      ...given,
      ...(given.amount === undefined ? {} : { currency: 'EUR' }),
      ...(parent && given.operation !== undefined && given.operation !== 'payment'
        ? { parentReference: provider === 'hipay' ? '900000000001' : 'A1' }
        : {}),
    }))

const word = (provider: Plan['provider']): fc.Arbitrary<Word> =>
  fc.oneof(
    fc.record({
      ...{ phase, replica, kind: fc.constant('announce' as const) },
      announcement: announcement(provider),
      times: fc.integer({ min: 1, max: 2 }),
    }),
    fc.record({ phase, replica, kind: fc.constant('withdraw' as const), which: fc.nat(3) }),
    fc.record({
      ...{ phase, replica, kind: fc.constant('resolve' as const), which: fc.nat(3) },
      outcome: fc.constantFrom('not_processed' as const, null),
    }),
  )

const planOf = (provider: Plan['provider']): fc.Arbitrary<Plan> =>
  fc.record({
    provider: fc.constant(provider),
    tellings: fc
      .tuple(
        fc.oneof(wholeStory(provider === 'hipay' ? hipayStory : be2billStory), anything(provider)),
        fc.oneof(fc.constant([]), anything(provider)),
      )
      .map((tellings) => tellings.flat()),
    words: fc.array(word(provider), { maxLength: 5 }),
    passing: fc.array(fc.constantFrom(1_000, 20 * MINUTE, 2 * 60 * MINUTE, 2 * DAY, 20 * DAY), {
      minLength: PHASES,
      maxLength: PHASES,
    }),
  })

export const plan: fc.Arbitrary<Plan> = fc.oneof(planOf('hipay'), planOf('be2bill'))
