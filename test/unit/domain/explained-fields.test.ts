import { describe, expect, it } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import { linked, paid, second, told, toldOfA1 } from '../../support/deciding.ts'
import type { History } from '../../support/deciding.ts'
import {
  answered,
  beAnswered,
  beNotified,
  counters,
  disputed,
  expected,
  maintained,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'

/** Which message decides status, totals and disputes, by which rule, and by which rule the others yield: short histories, all of it. */

describe('status', () => {
  it('rests on the money that moved, whatever else was said', () => {
    const capture = second('118', 1, counters(90, 90))
    const refund = second('126', 2, counters(90, 90, 20))
    expect(told({ answer: answered('118', counters(90, 90)), capture })).toMatchObject({
      status: 'S-1: capture | answer S-1',
    })
    expect(told({ capture: second('118', 1, counters(90, 60)) }).status).toBe('S-3: capture')
    expect(told({ capture, refund }).status).toBe('S-3: capture refund')
    const whole = second('125', 2, counters(90, 90, 90))
    expect(told({ capture, whole }).status).toBe('S-1: capture whole')
    expect(told({ capture, refund, dispute: second('181', 3, counters(90, 90, 20)) }).status).toBe(
      'S-1: dispute | capture S-1, refund S-1',
    )
  })

  it('else on the end that was told', () => {
    const granted = second('116', 1, counters(50))
    expect(told({ granted, noted: second('120', 2) }).status).toBe('S-1: granted | noted F-8')
    const refused = second('113', 2, counters(0))
    expect(told({ granted, refused, strange: second('188', 3) }).status).toBe(
      'S-1: refused | granted S-1, strange F-9',
    )
    expect(told({ granted, ended: second('115', 2, counters(50)) }).status).toBe('S-1: ended | granted S-1')
    expect(told({ granted, asked: second('117', 2, counters(50)) }).status).toBe('S-1: granted | asked S-1')
    expect(told({ granted, expired: second('114', 2, counters(50)) }).status).toBe(
      'S-1: expired | granted S-1',
    )
    const failed = beNotified('payment', '5002')
    const unsaid = beAnswered('payment', '1001')
    expect(toldOfA1({ failed, unsaid }).status).toBe('S-1: failed | unsaid S-1')
    expect(toldOfA1({ unsaid }).status).toBe('S-1: unsaid')
  })

  it('else on what got furthest', () => {
    const page = answered('140')
    const open = second('142', 1)
    expect(told({ page }).status).toBe('S-1: page')
    expect(told({ page, open }).status).toBe('S-1: open | page S-1')
    expect(told({ page, open, held: second('112', 2) }).status).toBe('S-1: held | open S-1, page S-1')
    const created = second('101', 1, { type: 'created' })
    expect(told({ created, noted: second('103', 2) }).status).toBe('S-1: created | noted F-8')
    expect(told({ strange: second('188', 1) })).toMatchObject({ status: 'S-1: strange' })
  })

  it('of a step whose payment is unknown rests on that step', () => {
    const step = (operation: string, code: string) =>
      toldOfA1({ step: beNotified(operation, code, { amount: 50 }) }).status
    expect([step('refund', '4001'), step('credit', '0000'), step('void', '0000')]).toEqual(
      Array.from({ length: 3 }, () => 'S-4: step'),
    )
    expect(step('refund', '0000')).toBe('S-1: step')
    expect(step('capture', '0000')).toBe('S-1: step')
  })
})

describe('totals', () => {
  const totals = (history: History, reference = 'T1', given: Circumstances = {}) => {
    const fields = told(history, given, reference)
    return ['authorizedTotal', 'capturedTotal', 'refundedTotal', 'chargedBackTotal'].map(
      (field) => fields[field],
    )
  }
  const [nothing, nothingCounted, undisputed] = ['M-8: ', 'M-2: ', 'M-11: ']
  const c1 = { operationId: 'c1', amount: 20 }
  const c2 = { operationId: 'c2', amount: 5 }

  it('by counter rest on the last settled fact that counts', () => {
    const capture = second('118', 1, counters(90, 90))
    const refund = second('126', 2, counters(90, 90, 20))
    expect(totals({ capture, refund })).toEqual([
      'J-10: refund | capture J-10',
      'M-2: capture | refund M-2',
      'M-2: refund | capture M-2',
      undisputed,
    ])
  })

  it('by counter are told beside by facts that state that counter, and by none that states another', () => {
    const capture = second('118', 1, counters(90, 90))
    expect(totals({ capture, answer: maintained('126', counters(90, 90, 20)) })[0]).toBe(
      'J-10: capture | answer J-10',
    )
    expect(totals({ capture, noted: second('120', 2, { authorizedTotal: 90 }) })[1]).toBe('M-2: capture')
  })

  it('by counter rest on it also where the steps say the same, on the first of two equal readings', () => {
    expect(totals({ capture: second('118', 1, { ...counters(50, 20), ...c1 }) })[1]).toBe('M-2: capture')
    const [first, other] = ['c1', 'c2'].map((operationId) =>
      second('118', 1, { ...counters(50, 25), operationId }),
    ) as [StoredEvent, StoredEvent]
    expect(totals({ first, other })[1]).toBe('M-2: first | other M-2')
    expect(totals({ granted: second('116', 1, counters(50)), noted: second('120', 2) })[1]).toBe('M-2: ')
  })

  it('lowered by a refusal rest on both', () => {
    const capture = second('118', 5, { ...counters(50, 50), operationId: 'c1' })
    const refused = second('173', 6, { ...counters(50, 30), operationId: 'c2' })
    expect(totals({ capture, refused })).toEqual([
      'J-10: refused | capture J-10',
      'M-3: capture refused',
      nothingCounted,
      undisputed,
    ])
    const equal = second('173', 6, { ...counters(50, 50), operationId: 'c2' })
    expect(totals({ capture, equal })[1]).toBe('M-2: capture | equal M-2')
  })

  it('lent rest on the latest lender, or on the one that lends no number', () => {
    const refund = second('126', 5, counters(50, 40, 10))
    const ended = second('115', 6, counters(50, 30))
    expect(totals({ refund, ended })[1]).toBe('M-4: ended | refund M-4')
    const capture = second('118', 1, counters(50, 20))
    expect(totals({ capture, refund })[1]).toBe('M-4: refund | capture M-4')
    expect(totals({ refund: second('125', 5) }).slice(1)).toEqual(['M-4: refund', 'M-7: refund', undisputed])
  })

  it('that the steps explain rest on the steps, and else on the counter', () => {
    const capture = second('118', 1, { ...counters(50, 25), ...c1 })
    const open = second('117', 2, { ...counters(50, 25), ...c2 })
    expect(totals({ capture, open })[1]).toBe('M-5: capture open')
    const expectations = [expected({ operation: 'capture', parentReference: 'T1', operationId: 'c9' })]
    expect(totals({ capture, open }, 'T1', { expectations })[1]).toBe('M-5: capture open')
    expect(totals({ capture })[1]).toBe('M-6: capture')
  })

  it('without counters rest on every settled step', () => {
    const bare = second('118', 1, c2)
    expect(totals({ bare })).toEqual(['M-8: bare', 'M-8: bare', nothing, undisputed])
    const other = second('118', 2, { authorizedTotal: 50, operationId: 'c3' })
    expect(totals({ bare, other }).slice(0, 2)).toEqual(['J-10: other | bare J-10', 'M-7: bare other'])
    const answer = maintained('118', { operationId: 'c3' })
    expect(totals({ bare, other: { ...other, amount: 5 }, answer })[1]).toBe('M-7: bare other | answer M-7')
  })

  it('by operation rest on what settled each and on what states its amount', () => {
    const history = {
      answer: beAnswered('payment', '0000', { amount: 7 }),
      payment: { ...paid, amount: null },
      refund: beAnswered('refund', '0000', linked('A2', 3)),
      told: beNotified('refund', '0000', { reference: 'A2' }),
      refused: beNotified('refund', '4001', linked('A3', 4)),
    }
    expect(totals(history, 'A1')).toEqual([
      'M-8: answer payment',
      'M-8: answer payment',
      'M-8: refund told | refused M-8',
      undisputed,
    ])
  })

  it('by operation are told beside by the answers to what they count', () => {
    const sale = { paid, answer: beAnswered('payment', '0000', { amount: 90 }) }
    expect(totals(sale, 'A1')[1]).toBe('M-8: paid | answer M-8')
    const capture = {
      granted: beNotified('authorization', '0000', { amount: 90 }),
      capture: beNotified('capture', '0000', linked('A2', 50)),
      answer: beAnswered('capture', '0000', linked('A2', 50)),
    }
    expect(totals(capture, 'A1')[1]).toBe('M-8: capture | answer M-8')
  })

  it('of what was refused rest on every refusal', () => {
    const history = {
      answer: answered('116', counters(50)),
      refused: second('113', 5, counters(0)),
      again: second('109', 6, counters(0)),
    }
    expect(totals(history)[0]).toBe('M-9: again refused | answer M-9')
    expect(totals({ asked: beNotified('payment', '0003', { amount: 5 }) }, 'A1')[0]).toBe('M-9: asked')
  })

  it('of what no message decided yet rest on the last counter, a notification’s first', () => {
    const open = answered('142', counters(50))
    expect(totals({ open, pending: second('200', 1, counters(40)) })[0]).toBe('J-10: pending | open J-10')
    expect(totals({ open })[0]).toBe('J-10: open')
  })
})

describe('disputes', () => {
  const capture = second('118', 1, counters(90, 90))
  const chargedBack = (history: History, reference = 'T1') => told(history, {}, reference).chargedBackTotal

  it('in stages rest on the last stage', () => {
    const first = disputed('first_chargeback', '2026-05-01', { amount: 60 })
    const back = disputed('representment', '2026-05-02', { amount: 60 })
    const again = disputed('second_chargeback', '2026-05-03', { amount: 90 })
    expect(chargedBack({ paid, first }, 'A1')).toBe('M-10: first')
    expect(chargedBack({ paid, first, back }, 'A1')).toBe('M-10: back | first M-10')
    expect(toldOfA1({ paid, first, back }).status).toBe('S-1: paid | back S-1, first S-1')
    expect(chargedBack({ paid, first, back, again }, 'A1')).toBe('M-10: again | back M-10, first M-10')
  })

  it('over the whole rest on what was left to take', () => {
    const refund = second('126', 2, counters(90, 90, 20))
    const whole = second('181', 3, counters(90, 90, 20))
    expect(chargedBack({ capture, refund, whole })).toBe('M-11: capture refund whole')
    const answer = answered('118', counters(90, 90))
    const all = second('181', 3, counters(90, 90))
    expect(chargedBack({ capture, answer, all })).toBe('M-11: all capture')
  })

  it('over parts rest on each of them; a lost one only repeats, unless it is alone', () => {
    const part = (operationId: string, moment: number) =>
      second('180', moment, { ...counters(90, 90), operationId, amount: 5 })
    const lost = (moment: number) => second('134', moment, { ...counters(90, 90), amount: 40 })
    const history = { capture, one: part('d1', 3), two: part('d2', 4), lost: lost(5) }
    expect(chargedBack(history)).toBe('M-11: capture one two | lost M-11')
    expect(told(history).status).toBe('S-1: one two | capture S-1, lost S-1')
    expect(chargedBack({ capture, lost: lost(5), again: lost(6) })).toBe('M-11: again capture | lost M-11')
    expect(chargedBack({ capture, lost: lost(5), again: lost(6), last: lost(7) })).toBe(
      'M-11: capture last | again M-11, lost M-11',
    )
  })
})
