import fc from 'fast-check'
import { majorUnits } from '../../src/cli/sample-notifications.ts'
import type { WireFields } from '../../src/providers/provider.ts'
import type { Message } from './histories.ts'
import { be2billFields, hipayFields } from './wire.ts'

/** Payments as they really went, with all that both witnesses truthfully say of them: nothing in them contradicts. */
export interface Story {
  provider: 'hipay' | 'be2bill'
  /** Names stand for themselves until `inRun` makes them a run's own. */
  orderId: string
  /** In the order in which they were said, each with the operation that it tells of: 0 is the payment. */
  messages: { told: Message; operation: number }[]
  truth: Truth
}

/** Minor units. */
export interface Truth {
  authorized: number
  captured: number
  refunded: number
}

/** A later step that the merchant asked for; a refused one moved nothing. */
interface Step {
  kind: 'capture' | 'refund'
  amount: number
  refused: boolean
}

interface Plot {
  orderId: string
  authorized: number
  /** Authorized and captured at once. */
  sale: boolean
  steps: Step[]
}

const plot: fc.Arbitrary<Plot> = fc
  .record({
    orderId: fc.constantFrom('O1', 'O2'),
    authorized: fc.constantFrom(5000, 7500),
    sale: fc.boolean(),
    steps: fc.array(
      fc.record({
        kind: fc.constantFrom('capture' as const, 'refund' as const),
        amount: fc.constantFrom(1000, 1000, 2500, 5000),
        refused: fc.integer({ min: 0, max: 5 }).map((turn) => turn === 0),
      }),
      { maxLength: 5 },
    ),
  })
  .map(({ steps, ...given }) => ({ ...given, steps: possible(steps, given) }))

/** The shop captures no more than was authorized, and refunds no more than was captured. */
function possible(steps: readonly Step[], { sale, authorized }: Omit<Plot, 'steps'>): Step[] {
  let truth: Truth = { authorized, captured: sale ? authorized : 0, refunded: 0 }
  return steps.filter((step) => {
    const room = step.kind === 'capture' ? authorized - truth.captured : truth.captured - truth.refunded
    if (step.amount > room) return false
    truth = after(truth, step)
    return true
  })
}

function after(truth: Truth, { kind, amount, refused }: Step): Truth {
  if (refused) return truth
  return kind === 'capture'
    ? { ...truth, captured: truth.captured + amount }
    : { ...truth, refunded: truth.refunded + amount }
}

const startOf = ({ sale, authorized }: Plot): Truth => ({
  authorized,
  captured: sale ? authorized : 0,
  refunded: 0,
})

/** How this shop and this payment use HiPay. */
interface HipayHabits {
  /** Sends operation ids, which come back with the step's own amount. */
  ids: boolean
  /** 117 and 124 are notified too. */
  requests: boolean
  /** The answer to the order is a redirection to 3-D Secure. */
  challenged: boolean
  /** Answers to steps say that they were done, not only asked for. */
  prompt: boolean
}

const REFERENCE = '900000000001'
const euros = (minor: number): string => majorUnits(minor, 'EUR')
const secondsIn = (second: number): string => `2026-04-01T10:00:${String(second).padStart(2, '0')}+0000`

const amounts = ({ authorized, captured, refunded }: Truth) => ({
  authorized_amount: euros(authorized),
  captured_amount: euros(captured),
  refunded_amount: euros(refunded),
})

interface Said {
  status: string
  second: number
  orderId: string
  totals: Truth
}

const hipayNotified = ({ status, second, orderId, totals }: Said, fields: WireFields = {}): Message => ({
  kind: 'notification',
  provider: 'hipay',
  options: {},
  fields: hipayFields({
    status,
    transaction_reference: REFERENCE,
    date_updated: secondsIn(second),
    ...amounts(totals),
    order: { id: orderId },
    ...fields,
  }),
})

const hipayBody = ({ status, second, totals }: Said) => ({
  status,
  transactionReference: REFERENCE,
  dateUpdated: secondsIn(second),
  authorizedAmount: euros(totals.authorized),
  capturedAmount: euros(totals.captured),
  refundedAmount: euros(totals.refunded),
  currency: 'EUR',
  decimals: '2',
  test: 'true',
  mid: '00001234567',
})

function hipayPayment(given: Plot, { requests, challenged }: HipayHabits): Message[] {
  const { orderId, authorized, sale } = given
  const granted = { authorized, captured: 0, refunded: 0 }
  const status = challenged ? '140' : sale ? '118' : '116'
  const totals = challenged ? { ...granted, authorized: 0 } : startOf(given)
  const answer: Message = {
    kind: 'answer',
    provider: 'hipay',
    forwarded: {
      orderId,
      httpStatus: 200,
      body: {
        state: 'completed',
        ...hipayBody({ status, second: 0, orderId, totals }),
        order: { id: orderId },
      },
    },
  }
  const notified = (code: string, second: number, said: Truth) =>
    hipayNotified({ status: code, second, orderId, totals: said })
  return [
    answer,
    notified('116', 1, granted),
    ...(sale && requests ? [notified('117', 1, startOf(given))] : []),
    ...(sale ? [notified('118', 2, startOf(given))] : []),
  ]
}

const CODES = {
  capture: { requested: '117', done: '118', refused: '173' },
  refund: { requested: '124', done: '125', refused: '165' },
}

function hipayStep(
  step: Step,
  { before, turn, orderId }: { before: Truth; turn: number; orderId: string },
  { ids, requests, prompt }: HipayHabits,
): Message[] {
  const codes = CODES[step.kind]
  const second = 10 * (turn + 1)
  const asked = after(before, { ...step, refused: false })
  const done = after(before, step)
  const id = `op${turn + 1}-${orderId}`
  const operation = {
    type: step.kind,
    id,
    amount: euros(step.amount),
    currency: 'EUR',
    reference: `8100${turn}`,
  }
  const fields = ids ? { operation } : {}
  const answered = prompt && !step.refused ? codes.done : codes.requested
  return [
    {
      kind: 'answer',
      provider: 'hipay',
      forwarded: {
        operation: step.kind,
        parentReference: REFERENCE,
        amount: step.amount,
        currency: 'EUR',
        httpStatus: 200,
        ...(ids ? { operationId: id } : {}),
        body: { operation: step.kind, ...hipayBody({ status: answered, second, orderId, totals: asked }) },
      },
    },
    ...(requests || step.refused
      ? [hipayNotified({ status: codes.requested, second, orderId, totals: asked }, fields)]
      : []),
    hipayNotified(
      { status: step.refused ? codes.refused : codes.done, second: second + 1, orderId, totals: done },
      fields,
    ),
  ]
}

const tellingOf = (operation: number, messages: Message[]): Story['messages'] =>
  messages.map((told) => ({ told, operation }))

export const hipayStory: fc.Arbitrary<Story> = fc
  .record({
    plot,
    habits: fc.record({
      ids: fc.boolean(),
      requests: fc.boolean(),
      challenged: fc.boolean(),
      prompt: fc.boolean(),
    }),
  })
  .map(({ plot: given, habits }) => {
    let truth = startOf(given)
    const messages = tellingOf(0, hipayPayment(given, habits))
    for (const [turn, step] of given.steps.entries()) {
      const told = hipayStep(step, { before: truth, turn, orderId: given.orderId }, habits)
      messages.push(...tellingOf(turn + 1, told))
      truth = after(truth, step)
    }
    return { provider: 'hipay', orderId: given.orderId, messages, truth }
  })

/** Both words on one operation of Be2bill; a later step is tied to its payment by what the answer acted on. */
function be2billOperation(
  { type, reference, orderId, amount }: { type: string; reference: string; orderId: string; amount: number },
  { refused, parentReference }: { refused: boolean; parentReference?: string },
): Message[] {
  const [EXECCODE, MESSAGE] = [refused ? '4001' : '0000', 'm']
  return [
    {
      kind: 'answer',
      provider: 'be2bill',
      forwarded: {
        ...{ orderId, operation: type, amount, currency: 'EUR', httpStatus: 200 },
        ...(parentReference === undefined ? {} : { parentReference }),
        body: { OPERATIONTYPE: type, EXECCODE, MESSAGE, TRANSACTIONID: reference },
      },
    },
    {
      kind: 'notification',
      provider: 'be2bill',
      options: {},
      fields: be2billFields({
        ...{ OPERATIONTYPE: type, TRANSACTIONID: reference, ORDERID: orderId, EXECCODE, MESSAGE },
        AMOUNT: String(amount),
      }),
    },
  ]
}

export const be2billStory: fc.Arbitrary<Story> = plot.map((given) => {
  const { orderId, authorized, sale, steps } = given
  const type = sale ? 'payment' : 'authorization'
  const payment = { type, reference: 'A1', orderId, amount: authorized }
  const messages = tellingOf(0, be2billOperation(payment, { refused: false }))
  let truth = startOf(given)
  for (const [turn, step] of steps.entries()) {
    const named = { type: step.kind, reference: `A${turn + 2}`, orderId, amount: step.amount }
    const told = be2billOperation(named, { refused: step.refused, parentReference: 'A1' })
    messages.push(...tellingOf(turn + 1, told))
    truth = after(truth, step)
  }
  return { provider: 'be2bill', orderId, messages, truth }
})

export const story: fc.Arbitrary<Story> = fc.oneof(hipayStory, be2billStory)
