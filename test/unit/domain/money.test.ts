import { describe, expect, test } from 'vitest'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  DAY,
  discrepanciesOf,
  MINUTE,
  notified,
  orderOf,
  transactionOf,
} from '../../support/facts.ts'
import { totalsOf } from '../../support/views.ts'

/** Totals of a transaction. */

const capturedOf = (...args: Parameters<typeof transactionOf>) => transactionOf(...args).capturedTotal

describe('totals by counter', () => {
  const c1 = { operationId: 'c1', amount: 20 }
  const c2 = { operationId: 'c2', amount: 5 }

  test('M-2 the last settled fact counts, within one second the larger; a request books nothing', () => {
    expect(capturedOf([notified('117', counters(50, 50))])).toBe(0)
    const second = { occurredAt: at(1) }
    expect(
      capturedOf([
        notified('118', { ...second, ...counters(50, 25) }),
        notified('119', { ...second, ...counters(50, 20) }),
      ]),
    ).toBe(25)
    const later = notified('118', { occurredAt: at(9), ...counters(50, 20) })
    expect(capturedOf([notified('118', { ...second, ...counters(50, 25) }), later])).toBe(20)
    expect(
      capturedOf([
        notified('118', { ...second, ...counters(50, 25) }),
        notified('118', { occurredAt: at(0), operationId: 'c2', amount: 5 }),
      ]),
    ).toBe(25)
  })

  test('M-2 last is what the provider’s clock says, however the steps are named', () => {
    const named = notified('118', { occurredAt: at(9), ...counters(50, 20), operationId: 'c1' })
    expect(capturedOf([named, notified('118', { occurredAt: at(1), ...counters(50, 25) })])).toBe(20)
    const request = notified('117', { occurredAt: at(9), ...counters(50, 50), operationId: 'c1' })
    expect(capturedOf([request, { ...named, occurredAt: at(1) }])).toBe(20)
  })

  test('M-3 a later refusal that counts less lowers the counter, one of the same second does not', () => {
    const settled = notified('118', { occurredAt: at(5), ...counters(50, 50), ...c1, amount: null })
    const refusal = (second: number, counter: number) =>
      notified('173', { occurredAt: at(second), ...counters(50, counter), ...c2, amount: null })
    expect(capturedOf([settled, refusal(6, 30)])).toBe(30)
    expect(capturedOf([settled, refusal(5, 30)])).toBe(50)
    expect(capturedOf([settled, refusal(6, 60)])).toBe(50)
    expect(capturedOf([settled, notified('173', { occurredAt: at(6), operationId: 'c2' })])).toBe(50)
  })

  test('M-4 refunds, chargebacks and ends lend the capture that no message states; a refused capture lends nothing at the end', () => {
    for (const code of ['124', '125', '126', '165', '180', '181', '182', '183', '129', '114', '115', '143']) {
      expect(capturedOf([notified(code, counters(50, 40, 10))]), code).toBe(40)
    }
    expect(transactionOf([notified('115', counters(50, 40))]).status).toBe('partially_captured')
    expect(capturedOf([notified('134', counters(50, 40))])).toBe(0)
    expect(transactionOf([notified('125')])).toMatchObject({
      capturedTotal: null,
      status: 'partially_refunded',
    })
    expect(capturedOf([notified('115')])).toBe(0)
    expect(capturedOf([notified('173', counters(50, 40)), notified('115', counters(50, 40))])).toBe(0)
    expect(transactionOf([notified('118', counters(50, 50, 30))]).refundedTotal).toBe(0)
    const second = { occurredAt: at(1) }
    const lent = (code: string, counter: number) => notified(code, { ...second, ...counters(50, counter) })
    expect(capturedOf([lent('126', 40), lent('181', 30)])).toBe(40)
    expect(capturedOf([lent('126', 30), lent('181', 40)])).toBe(40)
  })

  test('M-4 what is lent later raises what was captured last: a notification in between was lost', () => {
    const settled = notified('118', { occurredAt: at(5), ...counters(50, 20) })
    const lent = (second: number, counter: number, code = '126') =>
      notified(code, { occurredAt: at(second), ...counters(50, counter, 10) })
    for (const code of ['124', '126', '165', '181', '115', '114'])
      expect(capturedOf([settled, lent(6, 50, code)]), code).toBe(50)
    expect(capturedOf([settled, lent(5, 50)])).toBe(50)
    expect(capturedOf([settled, lent(4, 50)])).toBe(20)
    expect(capturedOf([settled, lent(6, 10)])).toBe(20)
    expect(capturedOf([settled, notified('126', { occurredAt: at(6) })])).toBe(20)
    expect(capturedOf([settled, lent(6, 50, '134')])).toBe(20)
    const refused = notified('173', { occurredAt: at(7), ...counters(50, 30) })
    expect(capturedOf([settled, lent(6, 50), refused])).toBe(30)
    expect(capturedOf([settled, lent(8, 50), refused])).toBe(40)
    expect(capturedOf([settled, lent(8, 50, '115'), refused])).toBe(40)
    const known = { ...settled, amount: 20 }
    expect(discrepanciesOf([known, lent(6, 50)], { after: DAY })).toEqual([['missing_step', 30]])
    expect(discrepanciesOf([known, lent(6, 50)])).toEqual([])
  })

  test('M-5 known steps explain a counter that includes what was only requested, or refused, or both', () => {
    const settled = notified('118', { ...counters(50, 25), ...c1 })
    const open = notified('117', { ...counters(50, 25), ...c2 })
    const refused = notified('173', { ...counters(50, 25), ...c2 })
    expect(capturedOf([settled, open])).toBe(20)
    expect(capturedOf([settled, refused])).toBe(20)
    const third = notified('117', { ...counters(50, 32), operationId: 'c3', amount: 7 })
    expect(capturedOf([{ ...settled, capturedTotal: 32 }, refused, third])).toBe(20)
    expect(capturedOf([{ ...settled, capturedTotal: 25 }, refused, third])).toBe(20)
    expect(capturedOf([{ ...settled, capturedTotal: 27 }, refused, third])).toBe(20)
    expect(capturedOf([{ ...settled, capturedTotal: 28 }, refused, third])).toBe(28)
    expect(discrepanciesOf([settled, open], { after: DAY }).map(([name]) => name)).not.toContain(
      'missing_step',
    )
  })

  test('M-6 otherwise the counter is right and a step is missing, once its notification is late', () => {
    const settled = notified('118', { ...counters(50, 25), ...c2 })
    expect(capturedOf([settled])).toBe(25)
    expect(discrepanciesOf([settled])).toEqual([])
    const given = { after: 15 * MINUTE, policy: { responses: 'none' } as const }
    expect(discrepanciesOf([settled], given)).toEqual([['missing_step', 20]])
    const refund = notified('126', { ...counters(50, 25, 9), operationId: 'r1', amount: 4 })
    expect(
      discrepanciesOf([settled, notified('118', { ...counters(50, 25), ...c1 }), refund], given),
    ).toEqual([['missing_step', 5]])
    expect(
      discrepanciesOf([settled, notified('118', { ...counters(50, 25), operationId: 'x' })], given),
    ).toEqual([])
  })

  test('M-6 a counter below what the steps state is the total, and nothing is missing', () => {
    const settled = notified('118', { ...counters(50, 20), operationId: 'c1', amount: 25 })
    expect(capturedOf([settled])).toBe(20)
    expect(discrepanciesOf([settled], { after: DAY, policy: { responses: 'none' } })).toEqual([])
  })

  test('M-7 where counters and own amounts are all unknown, so is the total', () => {
    expect(totalsOf([notified('118')])).toEqual([null, null, 0, 0])
    expect(totalsOf([notified('118', { amount: 5, operationId: 'c1' })])).toEqual([null, 5, 0, 0])
  })
})

describe('totals by operation', () => {
  test('M-8 each successful id counts once; the notification’s amount, else the answer’s', () => {
    const events = [
      beAnswered('authorization', '0000', { amount: 90 }),
      beNotified('capture', '0000', { reference: 'A2', amount: 30 }),
      beAnswered('capture', '0000', { reference: 'A2', amount: 31, parentReference: 'A1' }),
      beAnswered('capture', '0000', { reference: 'A3', amount: 20, parentReference: 'A1' }),
      beAnswered('refund', '0000', { reference: 'A4', amount: 10, parentReference: 'A1' }),
      beAnswered('refund', '4001', { reference: 'A5', amount: 10, parentReference: 'A1' }),
      beAnswered('refund', '0003', { reference: 'A6', amount: 10, parentReference: 'A1' }),
    ]
    expect(totalsOf(events)).toEqual([90, 50, 10, 0])
    expect(totalsOf([beNotified('payment', '0000'), beAnswered('payment', '0000', { amount: 7 })])).toEqual([
      7, 7, 0, 0,
    ])
  })

  test('M-8 a sum that would not be exact is not known', () => {
    const most = beNotified('payment', '0000', { amount: Number.MAX_SAFE_INTEGER })
    const second = (amount: number) => beNotified('payment', '0000', { reference: 'A2', amount })
    expect(orderOf([most, second(0)]).netTotal).toBe(Number.MAX_SAFE_INTEGER)
    expect(orderOf([most, second(1)]).netTotal).toBeNull()
  })

  test('M-9 what is not granted is 0, what no message states is null', () => {
    expect(totalsOf([beNotified('payment', '4001', { amount: 50 })])).toEqual([0, 0, 0, 0])
    expect(totalsOf([beNotified('payment', '0003', { amount: 50 })])).toEqual([0, 0, 0, 0])
    expect(totalsOf([beNotified('payment', '0000')])).toEqual([null, null, 0, 0])
    expect(totalsOf([notified('116')])).toEqual([null, 0, 0, 0])
    expect(totalsOf([notified('113', counters(0)), answered('116', counters(50))])).toEqual([0, 0, 0, 0])
    expect(totalsOf([notified('113', counters(50))])).toEqual([0, 0, 0, 0])
    expect(totalsOf([answered('142', counters(50)), notified('200', counters(0))])).toEqual([0, 0, 0, 0])
    expect(totalsOf([answered('142', counters(50))])).toEqual([50, 0, 0, 0])
    expect(totalsOf([notified('118', { capturedTotal: 5 })])).toEqual([null, 5, 0, 0])
  })

  test('M-9 a later linked payment adds to what was granted', () => {
    const second = beAnswered('payment', '0000', { reference: 'A2', amount: 30 })
    expect(
      totalsOf([beNotified('payment', '0000', { amount: 50 }), { ...second, parentReference: 'A1' }]),
    ).toEqual([80, 80, 0, 0])
  })
})
