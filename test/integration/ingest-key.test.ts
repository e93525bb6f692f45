import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inForm } from '../support/form.ts'
import { STORY_ACCOUNTS, tellStory, type OrderSaid, type Story } from '../support/money-stories.ts'
import { startTimedService, type TimedService } from '../support/timed-service.ts'

/**
 * F-12: whatever a key of role `ingest` forwards is the merchant's word. Every state that a provider notifies is met by every
 * shape that such a key can send: in the long form; in `npm test` every shape meets a third of the states, another one than the
 * shape before it.
 */

let service: TimedService
/** The same, which processes nothing by itself: a table is told whole, and settled at once. */
let stage: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
  stage = { ...service, settle: async () => Promise.resolve() }
})
afterAll(async () => {
  await service.stop()
})

interface State {
  name: string
  notify: (story: Story) => Promise<void>
  /** Notified as declined: no word of the merchant's makes money of it. */
  refused?: boolean
}

interface Shape {
  name: string
  send: (story: Story) => Promise<unknown>
  lookUp?: boolean
  /** It names the parent of a step that was notified without one. */
  links?: boolean
}

const HIPAY_STATES: readonly State[] = [
  { name: 'pending', notify: async (story) => story.hipay(142, { authorized: 0 }) },
  { name: 'action', notify: async (story) => story.hipay(140, { authorized: 0 }) },
  { name: 'held', notify: async (story) => story.hipay(112, { authorized: 0 }) },
  { name: 'authorized', notify: async (story) => story.hipay(116) },
  {
    name: 'capture requested',
    notify: async (story) => {
      await story.hipay(116)
      await story.hipay(117, { captured: 100, at: 60 })
    },
  },
  {
    name: 'partially captured',
    notify: async (story) => story.hipay(118, { captured: 30 }),
  },
  {
    name: 'captured',
    notify: async (story) => story.hipay(118, { captured: 100 }),
  },
  { name: 'declined', refused: true, notify: async (story) => story.hipay(113) },
  {
    name: 'refunded',
    notify: async (story) => {
      await story.hipay(118, { captured: 100 })
      await story.hipay(125, { captured: 100, refunded: 100, at: 60 })
    },
  },
  {
    name: 'charged back',
    notify: async (story) => {
      await story.hipay(118, { captured: 100 })
      await story.hipay(181, { captured: 100, at: 60 })
    },
  },
  {
    name: 'voided',
    notify: async (story) => {
      await story.hipay(116)
      await story.hipay(115, { at: 60 })
    },
  },
  {
    name: 'expired',
    notify: async (story) => {
      await story.hipay(116)
      await story.hipay(114, { at: 60 })
    },
  },
  { name: 'of no table', notify: async (story) => story.hipay(199, { authorized: 0 }) },
]

const CODES = ['113', '114', '115', '116', '117', '118', '125', '142', '143', '173', '181']

/** Later than everything that was notified, with the counters that the code suggests. */
function statedBy(code: string) {
  const captured = ['117', '118', '125', '181'].includes(code) ? 100 : 0
  return { at: 3_000, captured, refunded: code === '125' ? 100 : 0 }
}

function v3Of(story: Story, code: string): object {
  const { captured, refunded } = statedBy(code)
  return {
    ...{ id: story.reference(), status: String(Number(code) - 100), state: 'completed', currency: 'EUR' },
    ...{ authorized_amount: '100.00', captured_amount: captured.toFixed(2) },
    ...{ refunded_amount: refunded.toFixed(2), merchant_order_id: story.orderId },
    date_updated: story.at(3_000),
  }
}

function v1Of(story: Story, code: string): object {
  const { captured, refunded } = statedBy(code)
  return {
    ...{ transactionReference: story.reference(), status: code, state: 'completed', currency: 'EUR' },
    ...{ authorizedAmount: '100.00', capturedAmount: captured.toFixed(2) },
    ...{ refundedAmount: refunded.toFixed(2), order: { id: story.orderId } },
    dateUpdated: story.at(3_000).replace(/\.\d+Z$/, '+0000'),
  }
}

const lookUps = (code: string): Shape[] =>
  Object.entries({
    one: (story: Story) => ({ transaction: v1Of(story, code) }),
    list: (story: Story) => ({ transaction: [v1Of(story, code)] }),
    indexed: (story: Story) => ({ transaction: { '0': v1Of(story, code) } }),
    'V3 transaction': (story: Story) => v3Of(story, code),
    'V3 order': (story: Story) => ({ transactions: [v3Of(story, code)] }),
  }).map(([shape, bodyOf]) => ({
    name: `look-up ${shape} ${code}`,
    lookUp: true,
    send: async (story) => story.answer({ body: bodyOf(story) }),
  }))

const step = (operation: string, code: string): Shape => ({
  name: `${operation} answered ${code}`,
  send: async (story) =>
    story.answer({
      ...{ operation, parentReference: story.reference(), amount: 10_000, currency: 'EUR' },
      body: { ...v1Of(story, code), operation },
    }),
})

/** What a merchant of either provider can say. */
const SILENCES: readonly Shape[] = [
  { name: 'time-out', send: async (story) => story.timeOut() },
  {
    name: 'network error of a later call',
    send: async (story) =>
      story.timeOut({ error: 'network', requestedAt: story.at(50), receivedAt: story.at(55) }),
  },
  {
    name: 'HTTP 500',
    send: async (story) => story.answer({ httpStatus: 500, body: 'down' }),
  },
  {
    name: 'HTTP 408',
    send: async (story) => story.answer({ httpStatus: 408, body: 'late' }),
  },
  { name: 'announcement', send: async (story) => story.announce() },
  { name: 'page announced', send: async (story) => story.announce({ channel: 'hosted' }) },
  {
    name: 'announcement, withdrawn',
    send: async (story) => {
      const { body } = await story.announce()
      await service.call('DELETE', `/v1/expectations/${body.id}`, undefined, 'ingest')
    },
  },
  {
    name: 'announced refund',
    links: true,
    send: async (story) => story.announce({ operation: 'refund', parentReference: story.reference() }),
  },
  {
    name: 'refund, cut off',
    links: true,
    send: async (story) => story.timeOut({ operation: 'refund', parentReference: story.reference() }),
  },
]

const HIPAY_SHAPES: readonly Shape[] = [
  ...CODES.map((code): Shape => ({
    name: `answer ${code}`,
    send: async (story) => story.answer({ body: v1Of(story, code) }),
  })),
  ...CODES.flatMap((code) => (['115', '118'].includes(code) ? lookUps(code) : lookUps(code).slice(0, 1))),
  step('capture', '118'),
  step('capture', '117'),
  step('capture', '173'),
  step('refund', '125'),
  step('refund', '124'),
  step('refund', '165'),
  step('cancel', '115'),
  step('cancel', '175'),
  step('acceptChallenge', '116'),
  step('denyChallenge', '113'),
  {
    name: 'payment page',
    send: async (story) => story.answer({ body: { forwardUrl: 'https://pay.example/1' } }),
  },
  {
    name: 'HTTP 400 with a code',
    send: async (story) => story.answer({ httpStatus: 400, body: { code: '1010001', message: 'no' } }),
  },
  {
    name: 'HTTP 400 of a duplicate',
    send: async (story) => story.answer({ httpStatus: 400, body: { code: '3010004', message: 'no' } }),
  },
  ...SILENCES,
]

const BE2BILL_STATES: readonly State[] = [
  { name: 'pending', notify: async (story) => story.be2bill({ code: '0003' }) },
  { name: 'slow bank', notify: async (story) => story.be2bill({ code: '5004' }) },
  { name: 'action', notify: async (story) => story.be2bill({ code: '0001' }) },
  {
    name: 'authorized',
    notify: async (story) => story.be2bill({ operation: 'authorization' }),
  },
  {
    name: 'paid',
    notify: async (story) => story.be2bill(),
  },
  {
    name: 'declined',
    refused: true,
    notify: async (story) => story.be2bill({ code: '4001' }),
  },
  { name: 'technical error', notify: async (story) => story.be2bill({ code: '5001' }) },
  {
    name: 'refunded',
    notify: async (story) => {
      await story.be2bill()
      await story.be2bill({ payment: 2, operation: 'refund' })
    },
  },
  {
    name: 'voided',
    notify: async (story) => {
      await story.be2bill({ operation: 'authorization' })
      await story.be2bill({ payment: 2, operation: 'void' })
    },
  },
  {
    name: 'of no table',
    notify: async (story) => story.be2bill({ code: '0007' }),
  },
]

const row = (story: Story, operation: string, code: string, more: object = {}) => ({
  ...{ TRANSACTIONID: story.reference(), OPERATIONTYPE: operation, EXECCODE: String(Number(code)) },
  ...{ AMOUNT: '100.00', CURRENCY: 'EUR', ORDERID: story.orderId, ...more },
})

const report = (name: string, rowsOf: (story: Story) => object[]): Shape => ({
  name: `report: ${name}`,
  lookUp: true,
  links: name.includes(' and ') || name.includes(', '),
  send: async (story) =>
    story.answer({
      operation: 'getTransactions',
      body: { OPERATIONTYPE: 'getTransactions', EXECCODE: '0000', DATA: rowsOf(story) },
    }),
})

const BE2BILL_SHAPES: readonly Shape[] = [
  ...['payment', 'authorization'].flatMap((operation) =>
    ['0000', '0001', '2001', '4001', '5001', '5004'].map((code): Shape => ({
      name: `${operation} answered ${code}`,
      send: async (story) => story.be2billAnswer({ operation, code }),
    })),
  ),
  ...['capture', 'refund', 'void'].flatMap((operation) =>
    ['0000', '4001'].map((code): Shape => ({
      name: `${operation} answered ${code}`,
      send: async (story) =>
        story.be2billAnswer({ operation, code, payment: 7 }, { parentReference: story.reference() }),
    })),
  ),
  ...['payment', 'authorization'].flatMap((operation) =>
    ['0000', '4001', '2001', '0003'].map((code) =>
      report(`${operation} ${code}`, (story) => [row(story, operation, code)]),
    ),
  ),
  report('payment and its refund', (story) => [
    row(story, 'payment', '0000', { REFUNDEDBY: story.reference(2) }),
    row(story, 'refund', '0000', { TRANSACTIONID: story.reference(2), REFUNDED: story.reference() }),
  ]),
  report('authorization, captured', (story) => [
    row(story, 'authorization', '0000', { CAPTUREDBY: story.reference(8) }),
    row(story, 'capture', '0000', { TRANSACTIONID: story.reference(8), AUTHORIZEDBY: story.reference() }),
  ]),
  report('authorization, voided', (story) => [
    row(story, 'authorization', '0000', { VOIDEDBY: story.reference(2) }),
    row(story, 'void', '0000', { TRANSACTIONID: story.reference(2), VOIDED: story.reference() }),
  ]),
  report('nothing', () => []),
  ...SILENCES,
]

interface Known extends OrderSaid {
  transactions: { reference: string; status: string; reconciliation: string; capturedTotal: number | null }[]
}

const look = async (story: Story): Promise<Known> => (await story.order()) as Known

const mainOf = (story: Story, { transactions }: Known) =>
  transactions.find(({ reference }) => reference === story.reference())

const isTold = ({ open, transactions }: Known): boolean =>
  open.length > 0 || transactions.some(({ reconciliation }) => reconciliation === 'awaiting_notification')

/** Of the payment, between the two looks; one whose only word was unknown may have become known. */
function isQuietlyChanged(story: Story, { shape, before, after }: Case): boolean {
  const [was, is] = [mainOf(story, before), mainOf(story, after)]
  if (shape.links === true || isTold(after) || was?.status === 'unrecognized') return false
  return is?.status !== was?.status || is?.capturedTotal !== was?.capturedTotal
}

function isMatchedByLookUp(story: Story, { shape, before, after }: Case): boolean {
  const [was, is] = [mainOf(story, before), mainOf(story, after)]
  if (shape.lookUp !== true || !story.account.endsWith('-told')) return false
  return is?.reconciliation === 'matched' && was?.reconciliation !== 'matched'
}

/** What a merchant's word must not have done. */
function faults(story: Story, met: Case): string[] {
  const { state, shape, before, after } = met
  const found = {
    'newly safe': after.safeToRetry && !before.safeToRetry,
    'newly paid': after.paid && !before.paid && (state.refused === true || !isTold(after)),
    'quietly changed': isQuietlyChanged(story, met),
    'matched by a look-up': isMatchedByLookUp(story, met),
  }
  return Object.entries(found).flatMap(([fault, isFault]) =>
    isFault ? [`${state.name}, ${shape.name}: ${fault}`] : [],
  )
}

interface Case {
  state: State
  shape: Shape
  before: Known
  after: Known
}

/** Every state is notified, then each meets the shape: three rounds of messages for all of them. */
async function meet(
  provider: 'hipay' | 'be2bill',
  kind: 'told' | 'some',
  [states, shape]: readonly [readonly State[], Shape],
): Promise<string[]> {
  const told = states.map((state) => ({ state, story: tellStory(stage, provider, kind) }))
  await Promise.all(told.map(async ({ state, story }) => state.notify(story)))
  await service.settle()
  const before = await Promise.all(told.map(async ({ story }) => look(story)))
  await Promise.all(told.map(async ({ story }) => shape.send(story)))
  await service.settle()
  const after = await Promise.all(told.map(async ({ story }) => look(story)))
  return told.flatMap(({ state, story }, index) =>
    faults(story, { state, shape, before: before[index]!, after: after[index]! }),
  )
}

const statesFor = (states: readonly State[], turn: number): readonly State[] =>
  inForm(
    states.filter((_, index) => (index + turn) % 3 === 0),
    states,
  )
const hipayStates = (shape: Shape) => statesFor(HIPAY_STATES, HIPAY_SHAPES.indexOf(shape))
const be2billStates = (shape: Shape) => statesFor(BE2BILL_STATES, BE2BILL_SHAPES.indexOf(shape))

describe('what a merchant forwards about HiPay', () => {
  it.each(HIPAY_SHAPES)('$name changes no notified state for the better', async (shape) => {
    expect(await meet('hipay', 'told', [hipayStates(shape), shape])).toEqual([])
  })
})

describe('what a merchant forwards about Be2bill', () => {
  it.each(BE2BILL_SHAPES)('$name changes no notified state for the better', async (shape) => {
    expect(await meet('be2bill', 'told', [be2billStates(shape), shape])).toEqual([])
  })
})

describe('what a merchant forwards of whom no answer is expected', () => {
  const everyFourth = <Value>(list: readonly Value[]): Value[] => list.filter((_, index) => index % 4 === 0)

  it.each(everyFourth(HIPAY_SHAPES))('$name changes no state of HiPay’s for the better', async (shape) => {
    expect(await meet('hipay', 'some', [hipayStates(shape), shape])).toEqual([])
  })

  it.each(everyFourth(BE2BILL_SHAPES))(
    '$name changes no state of Be2bill’s for the better',
    async (shape) => {
      expect(await meet('be2bill', 'some', [be2billStates(shape), shape])).toEqual([])
    },
  )
})

describe('a merchant’s word alone', () => {
  it('of a refund makes nothing safe while HiPay has said pending', async () => {
    const story = tellStory(service, 'hipay')
    await story.hipay(142, { authorized: 0 })
    await step('refund', '125').send(story)
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })

  it('of a refund makes nothing safe while Be2bill has said pending', async () => {
    const story = tellStory(service, 'be2bill')
    await story.be2bill({ code: '0003' })
    await story.be2billAnswer({ operation: 'refund', payment: 7 }, { parentReference: story.reference() })
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })

  it('of a refused refund takes back no notified one', async () => {
    const story = tellStory(service, 'hipay')
    await story.hipay(118, { captured: 100 })
    await story.hipay(125, { captured: 100, refunded: 100, at: 60 })
    await step('refund', '165').send(story)
    expect(await story.transaction()).toMatchObject({ refundedTotal: 10_000 })
    expect(await story.order()).toMatchObject({ paid: false })
  })

  it.each(['0000', '5004'])('makes no money of a notified authorization: payment %s', async (code) => {
    const story = tellStory(service, 'be2bill')
    await story.be2bill({ operation: 'authorization' })
    await story.be2billAnswer({ operation: 'payment', code })
    expect(await story.order()).toMatchObject({ paid: false })
  })

  it('makes no money of a notified authorization by a report', async () => {
    const story = tellStory(service, 'be2bill')
    await story.be2bill({ operation: 'authorization' })
    await report('payment', () => [row(story, 'payment', '0000')]).send(story)
    expect(await story.order()).toMatchObject({ paid: false })
  })
})

describe('what was never notified', () => {
  it('is not matched by an answer and a look-up of the merchant’s', async () => {
    for (const code of ['116', '118']) {
      const story = tellStory(service, 'hipay')
      await story.answer({ body: v1Of(story, code) })
      for (const { send } of lookUps(code)) await send(story)
      expect(await story.transaction()).toMatchObject({ reconciliation: 'awaiting_notification' })
    }
  })

  it('is not matched by an answer and a report', async () => {
    const story = tellStory(service, 'be2bill')
    await story.be2billAnswer()
    await report('payment', () => [row(story, 'payment', '0000')]).send(story)
    expect(await story.transaction()).toMatchObject({ reconciliation: 'awaiting_notification' })
  })
})

describe('a decline that was notified', () => {
  it.each([...lookUps('118'), ...lookUps('116')])(
    'stands against $name, and the difference is told',
    async ({ send }) => {
      const story = tellStory(service, 'hipay')
      await story.hipay(113)
      await send(story)
      expect(await story.transaction()).toMatchObject({ status: 'declined', reconciliation: 'discrepant' })
      const order = await story.order()
      expect(order).toMatchObject({ paid: false, safeToRetry: false })
      expect(order.open).toEqual([expect.stringContaining('outcome_mismatch')])
    },
  )
})
