import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  DAY,
  discrepanciesOf,
  expected,
  maintained,
  notified,
  orderOf,
  settle,
  told,
  transactionOf,
} from '../../support/facts.ts'

/** Counters state what was asked, not only what was done. */

const capturedOf = (...events: StoredEvent[]): number | null => transactionOf(events).capturedTotal
const granted = (): StoredEvent => told('116', [0])
const late = { after: DAY }

describe('what later facts imply', () => {
  test('M-4 a counter that an open request explains implies no capture', () => {
    const events = [told('118', [30]), told('117', [100]), told('126', [100, 10])]
    expect(capturedOf(...events)).toBe(30)
    expect(orderOf(events)).toMatchObject({ netTotal: 20, paid: true })
    expect(discrepanciesOf(events, late)).toContainEqual(['missing_notification', null])
    expect(
      capturedOf(
        told('118', [30]),
        told('117', [100], { operationId: 'c', amount: 70 }),
        told('126', [90, 10]),
      ),
    ).toBe(30)
    expect(capturedOf(told('118', [30]), told('117', [80]), told('126', [100, 10]))).toBe(50)
    expect(capturedOf(told('118', [30]), told('126', [100, 10]), told('117', [100]))).toBe(100)
  })

  test('M-4 a settlement that counts further than a request does not settle it', () => {
    expect(capturedOf(granted(), told('117', [60]), told('118', [100]))).toBe(40)
    expect(capturedOf(granted(), told('117', [60]), told('117', [100]), told('118', [100]))).toBe(40)
    const each = [granted(), told('117', [60]), told('117', [100]), told('118', [100]), told('118', [100])]
    expect(capturedOf(...each)).toBe(100)
    expect(
      capturedOf(granted(), told('117', [60]), told('118', [60]), told('117', [100]), told('118', [100])),
    ).toBe(100)
    const named = [
      granted(),
      told('117', [60], { operationId: 'a', amount: 60 }),
      told('118', [80], { operationId: 'b', amount: 10 }),
    ]
    expect(capturedOf(...named)).toBe(20)
    expect(discrepanciesOf(named, { ...late, policy: { responses: 'none' } })).toContainEqual([
      'missing_step',
      10,
    ])
  })

  test('M-4 the end of an authorization does not settle a requested capture', () => {
    for (const code of ['114', '115', '143']) {
      const events = [granted(), told('117', [100]), told(code, [100])]
      expect(capturedOf(...events), code).toBe(0)
      expect(orderOf(events), code).toMatchObject({ paid: false, safeToRetry: false })
    }
    expect(capturedOf(granted(), told('115', [20]))).toBe(20)
  })

  test('M-4 a done refund or chargeback proves what it gave back', () => {
    expect(capturedOf(granted(), told('117', [100]), told('125', [100, 100]))).toBe(100)
    expect(capturedOf(granted(), told('117', [100]), told('126', [100, 40]))).toBe(40)
    const disputed = transactionOf([granted(), told('117', [100]), told('181', [100])])
    expect(disputed).toMatchObject({ capturedTotal: 100, chargedBackTotal: 100, status: 'charged_back' })
    const part = transactionOf([granted(), told('117', [100]), told('180', [100], { amount: 30 })])
    expect(part).toMatchObject({ capturedTotal: 30, chargedBackTotal: 30 })
    expect(capturedOf(granted(), told('117', [100]), told('134', [100]))).toBe(0)
    // A refund that was only asked for proves nothing.
    expect(capturedOf(granted(), told('117', [100]), told('124', [100, 40]))).toBe(0)
  })
})

describe('refused steps', () => {
  test('M-5 a refused step explains a gap only while its refusal still counts it', () => {
    const fallen = [
      granted(),
      told('117', [60], { operationId: 'b' }),
      told('173', [0], { operationId: 'b' }),
      told('118', [70], { operationId: 'd', amount: 10 }),
    ]
    const withAmount = fallen.map((event) => (event.operationId === 'b' ? { ...event, amount: 60 } : event))
    expect(capturedOf(...withAmount)).toBe(70)
    expect(discrepanciesOf(withAmount, { ...late, policy: { responses: 'none' } })).toEqual([
      ['missing_step', 60],
    ])
    const kept = withAmount.map((event) =>
      event.providerCode === '173' ? { ...event, capturedTotal: 60 } : event,
    )
    expect(capturedOf(...kept)).toBe(10)
    expect(discrepanciesOf(kept, { ...late, policy: { responses: 'none' } })).toEqual([])
  })

  test('M-5 a step that was refused since, and whose request is not told, is no part of the counter', () => {
    const events = [
      granted(),
      told('117', [50], { operationId: 'c', amount: 50 }),
      told('118', [100], { operationId: 'd', amount: 50 }),
      told('173', [100], { operationId: 'c', amount: 50 }),
    ]
    expect(capturedOf(...events)).toBe(50)
    expect(capturedOf(...events, told('173', [100], { operationId: 'e', amount: 50 }))).toBe(50)
  })

  test('M-5 a capture that is announced and not told explains a gap as a request does', () => {
    const named = { operationId: 'd', amount: 40 }
    const events = [granted(), told('118', [100], named)]
    const announced = (amount: number) => ({
      expectations: [expected({ operation: 'capture', operationId: 'c', amount, parentReference: 'T1' })],
    })
    expect(transactionOf(events).capturedTotal).toBe(100)
    expect(transactionOf(events, announced(60)).capturedTotal).toBe(40)
    expect(transactionOf(events, announced(50)).capturedTotal).toBe(100)
    const refunded = [told('118', [100]), told('126', [100, 100], named)]
    const back = expected({ operation: 'refund', operationId: 'c', amount: 60, parentReference: 'T1' })
    expect(transactionOf(refunded, { expectations: [back] }).refundedTotal).toBe(100)
  })

  test('M-5 refunds alike', () => {
    const events = [
      told('118', [100]),
      told('124', [100, 60], { operationId: 'b', amount: 60 }),
      told('165', [100, 0], { operationId: 'b', amount: 60 }),
      told('126', [100, 70], { operationId: 'd', amount: 10 }),
    ]
    expect(transactionOf(events).refundedTotal).toBe(70)
    const after = [
      told('118', [100]),
      told('124', [100, 60], { operationId: 'b', amount: 60 }),
      told('126', [100, 70], { operationId: 'd', amount: 10 }),
      told('165', [100, 70], { operationId: 'b', amount: 60 }),
    ]
    expect(transactionOf(after).refundedTotal).toBe(10)
  })

  test('M-5 a refusal that states no counter takes back nothing of it', () => {
    const events = [
      granted(),
      told('117', [60], { operationId: 'b', amount: 60 }),
      told('173', [0], { operationId: 'b', capturedTotal: null }),
      told('118', [70], { operationId: 'd', amount: 10 }),
    ]
    expect(capturedOf(...events)).toBe(10)
    expect(discrepanciesOf(events, { ...late, policy: { responses: 'none' } })).toEqual([])
  })

  test('M-5 where its request was not told, beside the other steps told by then, counted or not', () => {
    const beside = (amount: number) => [
      granted(),
      told('118', [amount], { operationId: 'a', amount, capturedTotal: null }),
      told('173', [60], { operationId: 'b', amount: 50 }),
      told('118', [60 + amount], { operationId: 'd', amount: 10 }),
    ]
    expect(capturedOf(...beside(10))).toBe(20)
    expect(capturedOf(...beside(20))).toBe(80)
  })

  test('M-5 without own amounts, a told request that was refused makes the total unknown', () => {
    const refusedAt = (counter: number, ...request: StoredEvent[]) => [
      granted(),
      ...request,
      told('173', [counter], { operationId: 'b' }),
      told('118', [100], { operationId: 'd' }),
    ]
    const request = () => told('117', [60], { operationId: 'b' })
    expect(orderOf(refusedAt(60, request()))).toMatchObject({ netTotal: null, reason: 'amount_unknown' })
    expect(capturedOf(...refusedAt(0, request()))).toBe(100)
    expect(capturedOf(...refusedAt(60))).toBeNull()
  })

  test('M-2 what an open request asked for before is not captured, whether or not it states a counter', () => {
    const asked = (given: Partial<StoredEvent>) =>
      told('117', [70], { operationId: 'c', amount: 20, ...given })
    expect(capturedOf(granted(), asked({}), told('118', [70], { operationId: 'd' }))).toBe(50)
    const uncounted = asked({ capturedTotal: null })
    expect(capturedOf(granted(), uncounted, told('118', [70], { operationId: 'd' }))).toBe(50)
    const further = told('117', [90], { operationId: 'e', amount: 20 })
    expect(capturedOf(granted(), uncounted, further, told('118', [90], { operationId: 'd' }))).toBe(50)
    const twice = [asked({}), asked({ operationId: 'e', capturedTotal: null })]
    expect(capturedOf(granted(), ...twice, told('118', [90], { operationId: 'd' }))).toBe(50)
  })

  test('J-5 a refusal that names no step settles the only open request, answer included', () => {
    const asked = maintained('124', {
      ...counters(100, 100, 20),
      operationId: 'r1',
      amount: 20,
      occurredAt: at(51),
    })
    const requested = notified('124', {
      ...counters(100, 100, 20),
      operationId: 'r1',
      amount: 20,
      occurredAt: at(51),
    })
    const refusal = notified('165', { ...counters(100, 100), occurredAt: at(60) })
    const sold = [
      answered('118', { ...counters(100, 100), occurredAt: at(1) }),
      notified('118', { ...counters(100, 100), occurredAt: at(1) }),
    ]
    for (const events of [[asked, requested], [asked]])
      expect(settle([...sold, ...events, refusal], late).transactions[0]).toMatchObject({
        refundedTotal: 0,
        overdue: false,
        discrepancies: [],
      })
    const both = [
      requested,
      { ...requested, operationId: 'r2', refundedTotal: 50, id: 'x', inboxId: 'x' },
      refusal,
    ]
    expect(discrepanciesOf([...sold, ...both], { ...late, policy: { responses: 'none' } })).toHaveLength(2)
  })
})

describe('codes that cannot be read', () => {
  test('M-7 an unknown code that is all a step’s notifications say may be money', () => {
    const unread = (operation: string, given: Partial<StoredEvent> = {}) =>
      beNotified(operation, '0007', { amount: 50, ...given })
    const paid = transactionOf([unread('payment')])
    expect(paid).toMatchObject({ capturedTotal: null, status: 'unrecognized' })
    expect(orderOf([unread('payment')])).toMatchObject({ netTotal: null, safeToRetry: false, paid: false })
    const refunding = [
      beNotified('payment', '0000', { amount: 50 }),
      unread('refund', { reference: 'A2' }),
      beAnswered('refund', '0003', { reference: 'A2', parentReference: 'A1', amount: 50 }),
    ]
    expect(transactionOf(refunding)).toMatchObject({ capturedTotal: 50 })
    // The answer told how much, the provider not whether: nothing sets the retry free.
    refunding[2] = beAnswered('refund', '0000', { reference: 'A2', parentReference: 'A1', amount: 50 })
    expect(orderOf(refunding)).toMatchObject({ netTotal: 0, reason: 'amount_unknown', safeToRetry: false })
    const alone = [refunding[0]!, unread('refund', { reference: 'A2' })]
    expect(orderOf(alone)).toMatchObject({ netTotal: null, reason: 'amount_unknown' })
    const followed = [unread('payment'), beNotified('payment', '0000', { amount: 50 })]
    expect(transactionOf(followed)).toMatchObject({ capturedTotal: 50, status: 'captured' })
    // HiPay states its counters beside a code of the future.
    expect(capturedOf(notified('188', counters(100, 0)))).toBe(0)
  })

  test('M-8 what an answer calls a capture under a sale’s reference is that sale', () => {
    const paid = [
      beNotified('payment', '0000', { amount: 100 }),
      beNotified('payment', '0000', { reference: 'A2', amount: 40 }),
    ]
    const linking = beAnswered('capture', '0000', { reference: 'A2', parentReference: 'A1', amount: 40 })
    expect(orderOf([...paid, linking])).toMatchObject({ paidTotal: 140, netTotal: 140 })
    expect(discrepanciesOf([...paid, linking])).toContainEqual(['duplicate_payment', 40])
  })
})
