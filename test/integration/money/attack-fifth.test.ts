import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_ACCOUNTS, tellStory } from '../../support/money-stories.ts'
import type { Story, Told } from '../../support/money-stories.ts'
import { startTimedService, type TimedService } from '../../support/timed-service.ts'

/** Wrong yeses over HTTP that a fifth hostile reading found: names used again, and money that may have gone back. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
})
afterAll(async () => {
  await service.stop()
})

const unknown = { paid: false, paidReason: 'amount_unknown' }
const open = { safeToRetry: false, reason: 'request_of_unknown_outcome' }
const HOUR = 3_600

const madeAt = (story: Story, second: number) => ({
  requestedAt: story.at(second),
  receivedAt: story.at(second + 30),
})

/** A Be2bill step that both sides tell, naming a payment. */
async function linked(story: Story, told: Told, of = 1): Promise<void> {
  await story.be2bill(told)
  await story.be2billAnswer(told, { parentReference: story.reference(of) })
}

describe('a name that is used again', () => {
  it('R-1 is no answer to the call that was cut off before', async () => {
    const story = tellStory(service, 'be2bill')
    await story.until(30)
    await story.timeOut({ operationId: 'a', ...madeAt(story, 0) })
    await story.until(330)
    await story.be2bill({ code: '4001' })
    await story.be2billAnswer({ code: '4001' }, { operationId: 'a', ...madeAt(story, 300) })
    expect(await story.order()).toMatchObject(open)
  })

  it('R-12 is no answer to a call that was made after the attempt that echoes it', async () => {
    const story = tellStory(service, 'be2bill', 'echo')
    await story.be2bill({ code: '4001', more: { EXTRADATA: 'a' } })
    await story.until(330)
    await story.timeOut({ operationId: 'a', ...madeAt(story, 300) })
    expect(await story.order()).toMatchObject(open)
  })

  it('R-12 is no answer to a capture that was asked for after the one that was done', async () => {
    const story = tellStory(service, 'hipay')
    await story.hipay(116)
    await story.hipay(118, { captured: 30, at: 5, operation: { id: 'c', amount: 30 } })
    await story.hipay(126, { captured: 30, refunded: 30, at: 50 })
    await story.hipay(115, { captured: 30, refunded: 30, at: 60 })
    expect(await story.order()).toMatchObject({ safeToRetry: true })
    await story.until(330)
    const asked = {
      operation: 'capture',
      operationId: 'c',
      parentReference: story.reference(),
      amount: 3_000,
    }
    await story.timeOut({ ...asked, ...madeAt(story, 300) })
    expect(await story.order()).toMatchObject(open)
  })
})

it('R-9 an attempt over another amount does not end a page', async () => {
  const story = tellStory(service, 'hipay', 'some')
  await story.announce({ channel: 'hosted' })
  await story.until(60)
  await story.hipay(118, { authorized: 50, captured: 50, created: 60, at: 60 })
  await story.hipay(125, { authorized: 50, captured: 50, refunded: 50, created: 60, at: 61 })
  expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'request_in_flight' })
})

it('F-13 a refusal does not name a payment that began after it', async () => {
  const story = tellStory(service, 'hipay', 'silent')
  await story.hipay(113, { more: { reason: { code: '4000007', message: 'Duplicate' } } })
  await story.hipay(118, { payment: 2, captured: 100, created: 300, at: 300 })
  await story.hipay(125, { payment: 2, captured: 100, refunded: 100, created: 300, at: 400 })
  expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'other_payment' })
})

describe('money that may have gone back', () => {
  it('M-10 in a dispute that was lost again after one of two was won', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    await story.be2bill()
    const stages = ['first chargeback', 'first chargeback', 'representment', 'second chargeback']
    for (const [day, status] of stages.entries())
      await story.be2bill({
        more: {
          ...{ CHARGEBACKDATE: `2026-04-0${day + 1}`, CHARGEBACKTYPE: 'chargeback' },
          ...{ CHARGEBACKSTATUS: status, CHARGEBACKAMOUNT: '5000' },
        },
      })
    expect(await story.order()).toMatchObject({ ...unknown, chargedBackTotal: null })
  })

  it('F-9 by an unknown code after a capture', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(188, { at: 1 })
    await story.hipay(118, { captured: 100, at: 2 })
    expect(await story.order()).toMatchObject({ paid: true })
    await story.hipay(189, { captured: 100, at: 3 })
    expect(await story.order()).toMatchObject(unknown)
  })

  it('M-7 by an operation of no table that only an answer tells', async () => {
    const story = tellStory(service, 'be2bill', 'some')
    await story.be2bill()
    await story.be2billAnswer({ payment: 2, operation: 'cancellation' })
    expect(await story.order()).toMatchObject(unknown)
  })

  it('M-7 by a refund that states no counter after one that does', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(118, { captured: 100 })
    await story.hipay(126, { captured: 100, refunded: 30, at: 1 })
    const more = { refunded_amount: '' }
    await story.hipay(126, { captured: 100, at: 2, operation: { id: 'r', amount: 70 }, more })
    expect(await story.order()).toMatchObject(unknown)
  })

  it('A-10 by a void of all that one of two payments had', async () => {
    const story = tellStory(service, 'be2bill', 'some')
    await story.be2bill({ operation: 'authorization' })
    await linked(story, { payment: 2, operation: 'capture', amount: 3_000 })
    await story.be2bill({ payment: 3, operation: 'authorization' })
    expect(await story.order()).toMatchObject({ paid: true })
    await story.be2bill({ payment: 4, operation: 'void' })
    expect(await story.order()).toMatchObject(unknown)
    await story.until(HOUR)
    expect(await story.order()).toMatchObject({ ...unknown, netTotal: null })
  })

  it('A-2 to another order that an answer names, where no notification names any', async () => {
    const story = tellStory(service, 'hipay', 'some')
    await story.hipay(118, { captured: 100, more: { order: { id: '' } } })
    await story.hipayAnswer(118, { captured: 100 })
    expect(await story.order()).toMatchObject({ paid: true })
    const orderId = `${story.orderId}-other`
    await story.hipayAnswer(124, { captured: 100, refunded: 30, at: 5, more: { order: { id: orderId } } })
    for (const id of [story.orderId, orderId]) expect(await story.order(id)).toMatchObject({ paid: false })
  })
})

describe('what states no time, or contradicts', () => {
  const untimed = { date_updated: '' }

  it('F-4 a success of no stated time may be later than a refusal', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(113, { at: 5 })
    await story.hipay(116, { more: untimed })
    expect(await story.order()).toMatchObject({ safeToRetry: false })
  })

  it('F-7 a capture of no stated time may have begun after an end', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(116)
    await story.hipay(114, { at: 8 })
    await story.hipay(118, { captured: 30, more: untimed })
    await story.hipay(126, { captured: 30, refunded: 30, at: 9 })
    expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'authorization_open' })
  })

  it('M-3 a capture over an amount that is counted 0', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(116)
    await story.hipay(118, { at: 1, operation: { id: 'c', amount: 60 } })
    await story.hipay(115, { at: 2 })
    expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'amount_unknown' })
  })

  it('A-10 a capture that an answer tells of a payment that was refused', async () => {
    const story = tellStory(service, 'be2bill', 'some')
    await story.be2bill({ code: '4001' })
    expect(await story.order()).toMatchObject({ safeToRetry: true })
    await story.be2billAnswer({ payment: 2, operation: 'capture' }, { parentReference: story.reference() })
    expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'unbalanced' })
  })
})
