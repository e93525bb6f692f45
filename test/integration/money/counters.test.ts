import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_ACCOUNTS, tellStory, type Stated, type Story } from '../../support/money-stories.ts'
import { startTimedService, type TimedService } from '../../support/timed-service.ts'

/** Counters state what was asked, not only what was done: M-4 to M-7, J-5. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
})
afterAll(async () => {
  await service.stop()
})

type Told = readonly [code: number, stated: Stated]

async function played(told: readonly Told[]) {
  const story = tellStory(service, 'hipay', 'silent')
  for (const [turn, [code, stated]] of told.entries()) await story.hipay(code, { at: 60 * turn, ...stated })
  return story
}

const LATE = 3_600
const op = (id: string, amount: number): Pick<Stated, 'operation'> => ({ operation: { id, amount } })

describe('a requested capture', () => {
  it.each([
    [30, 100, 10],
    [20, 90, 5],
  ])('is open while a refund counts it: 118 c=%i · 117 c=%i · 126 r=%i', async (done, asked, refunded) => {
    const story = await played([
      [118, { captured: done }],
      [117, { captured: asked }],
      [126, { captured: asked, refunded }],
    ])
    expect(await story.transaction()).toMatchObject({
      capturedTotal: done * 100,
      refundedTotal: refunded * 100,
    })
    const order = await story.order()
    expect(order).toMatchObject({ paid: true, paidTotal: done * 100, safeToRetry: false })
    const { operations } = await story.transaction()
    expect(operations).toContain('capture null awaiting_notification')
  })

  it.each([
    [115, 100],
    [114, 100],
    [143, 60],
  ])('is of unknown outcome when the authorization ends: %i', async (end, asked) => {
    const story = await played([
      [116, {}],
      [117, { captured: asked }],
      [end, { captured: asked }],
    ])
    expect(await story.transaction()).toMatchObject({ capturedTotal: 0 })
    expect(await story.order()).toMatchObject({
      paid: false,
      safeToRetry: false,
      reason: 'request_of_unknown_outcome',
      sources: ['message'],
    })
  })

  it.each([
    [60, 10],
    [40, 25],
  ])('that was refused explains no gap of later money: %i and %i', async (part, own) => {
    const story = await played([
      [116, {}],
      [117, { captured: part, ...op('b', part) }],
      [173, { captured: 0, ...op('b', part) }],
      // The capture of another operation is lost.
      [118, { captured: part + own, ...op('d', own) }],
    ])
    expect(await story.transaction()).toMatchObject({ capturedTotal: (part + own) * 100 })
    await story.until(LATE)
    expect((await story.transaction()).open).toEqual([`missing_step ${part * 100}`])
  })

  it.each([
    [60, 10],
    [40, 25],
  ])('likewise for refunds: %i and %i', async (part, own) => {
    const captured = 100
    const story = await played([
      [118, { captured }],
      [124, { captured, refunded: part, ...op('b', part) }],
      [165, { captured, refunded: 0, ...op('b', part) }],
      [126, { captured, refunded: part + own, ...op('d', own) }],
    ])
    expect(await story.transaction()).toMatchObject({ refundedTotal: (part + own) * 100 })
    await story.until(LATE)
    expect((await story.transaction()).open).toEqual([`missing_step ${part * 100}`])
  })

  it('is proved by a refund of as much', async () => {
    const story = await played([
      [116, {}],
      [117, { captured: 100 }],
      [125, { captured: 100, refunded: 100 }],
    ])
    expect(await story.transaction()).toMatchObject({ capturedTotal: 10_000, refundedTotal: 10_000 })
  })

  it.each([
    [181, 100],
    [129, 100],
  ])('is proved by a chargeback: %i', async (code, captured) => {
    const story = await played([
      [116, {}],
      [117, { captured }],
      [code, { captured }],
    ])
    expect(await story.transaction()).toMatchObject({
      status: 'charged_back',
      capturedTotal: 10_000,
      chargedBackTotal: 10_000,
    })
  })
})

describe('a refusal that names no step', () => {
  it.each([20, 35])('answers the only open refund: %i', async (amount) => {
    const story = tellStory(service, 'hipay')
    await story.hipay(118, { captured: 100 })
    await story.hipayAnswer(118, { captured: 100 })
    await story.hipayAnswer(
      124,
      { captured: 100, refunded: amount, at: 60, more: { operation: 'refund' } },
      {
        operation: 'refund',
        operationId: 'r1',
        parentReference: story.reference(),
        amount: amount * 100,
      },
    )
    await story.hipay(124, { captured: 100, refunded: amount, at: 60, ...op('r1', amount) })
    await story.hipay(165, { captured: 100, refunded: 0, at: 120 })
    await story.until(LATE)
    const { open, overdue, ...transaction } = await story.transaction()
    expect(transaction).toMatchObject({ capturedTotal: 10_000, refundedTotal: 0 })
    expect({ open, overdue }).toEqual({ open: [], overdue: false })
  })

  it('answers the only open capture', async () => {
    const story = await played([
      [116, {}],
      [117, { captured: 100, ...op('c1', 100) }],
      [173, { captured: 0 }],
    ])
    await story.until(LATE)
    const { open, overdue } = await story.transaction()
    expect({ open, overdue }).toEqual({ open: [], overdue: false })
  })

  const open = async (story: Story): Promise<string[]> =>
    (await story.transaction()).operations.filter((one) => one.endsWith('awaiting_notification'))
  const captured = 100
  const twoRefunds: readonly Told[] = [
    [118, { captured }],
    [124, { captured, refunded: 20, ...op('r1', 20) }],
    [124, { captured, refunded: 50, ...op('r2', 30) }],
  ]

  it('answers none of several open ones', async () => {
    const story = await played([...twoRefunds, [165, { captured, refunded: 30 }]])
    expect(await open(story)).toHaveLength(2)
  })

  it('answers the one that is left when the others are settled', async () => {
    const settled = { captured, refunded: 50, ...op('r2', 30) }
    const story = await played([...twoRefunds, [126, settled], [165, { captured, refunded: 30 }]])
    expect(await open(story)).toEqual([])
    expect(await story.transaction()).toMatchObject({ refundedTotal: 3_000 })
  })

  it('answers the one that is left when the others are settled after it', async () => {
    const story = await played([...twoRefunds, [165, { captured, refunded: 30 }]])
    await story.hipay(126, { captured, refunded: 30, at: 300, ...op('r2', 30) })
    expect(await open(story)).toEqual([])
    expect(await story.transaction()).toMatchObject({ refundedTotal: 3_000 })
  })

  it('does not answer what was asked for after it', async () => {
    const captured = 100
    const story = await played([
      [118, { captured }],
      [165, { captured, refunded: 0 }],
      [124, { captured, refunded: 20, ...op('r1', 20) }],
    ])
    expect((await story.transaction()).operations).toContain('refund 2000 awaiting_notification')
  })
})

describe('a code of Be2bill that is of no table', () => {
  it.each(['0007', '0099'])('may be money: %s', async (code) => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill({ code })
    expect(await story.transaction()).toMatchObject({ status: 'unrecognized', capturedTotal: null })
    expect(await story.order()).toMatchObject({
      paid: false,
      paidTotal: null,
      netTotal: null,
      safeToRetry: false,
      reason: 'amount_unknown',
    })
  })

  it('beside a known one leaves the totals alone', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill()
    await story.be2bill({ code: '0007' })
    expect(await story.transaction()).toMatchObject({ status: 'captured', capturedTotal: 10_000 })
  })

  it('of HiPay leaves the counters as they are stated', async () => {
    const story = await played([[199, { authorized: 100, captured: 0 }]])
    expect(await story.order()).toMatchObject({ paid: false, safeToRetry: false })
  })
})
