import { describe, expect, it } from 'vitest'
import type { ExplainedField, OtherSource } from '../../../src/domain/explain-claims.ts'
import { explain } from '../../../src/domain/explain.ts'
import type { Source } from '../../../src/domain/explain.ts'
import type { StoredEvent } from '../../../src/domain/transaction.ts'
import type { EventType } from '../../../src/domain/transaction-event.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  customerOf,
  cutOff,
  DAY,
  disputed,
  expected,
  HOUR,
  inputFrom,
  maintained,
  notified,
  RECEIVED_AT,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'

/** Which message decides which field, by which rule, and by which rule the others yield: short histories, all of it. */

/** Messages by the name under which an expectation speaks of them. */
type History = Readonly<Record<string, StoredEvent>>

function saidBy(source: OtherSource): string {
  return source.kind === 'expectation' ? 'announced' : `resolved ${source.key.replace(/\|.*/, '')}`
}

type Told = Readonly<Record<ExplainedField, string>> & Readonly<Record<string, string>>

/** Field → `<rule>: <who decided> | <who was outranked> <rule>, …`; both lists in alphabetical order. */
function told(
  history: History,
  given: Circumstances = {},
  reference = 'T1',
  others: readonly StoredEvent[] = [],
): Told {
  const names = new Map(Object.entries(history).map(([name, { id }]) => [id, name]))
  const nameOf = (source: Source): string =>
    source.kind === 'event' ? (names.get(source.eventId) ?? 'somebody else') : saidBy(source)
  const { fields } = explain(inputFrom([...Object.values(history), ...others], given), reference)!
  return Object.fromEntries(
    fields.map(({ field, rule, decidedBy, outranked }) => {
      const deciding = decidedBy.map(nameOf).sort()
      const yielding = outranked.map((source) => `${nameOf(source)} ${source.rule.id}`).sort()
      return [field, [`${rule.id}: ${deciding.join(' ')}`, yielding.join(', ')].filter(Boolean).join(' | ')]
    }),
  ) as Told
}
const toldOfA1 = (history: History, given: Circumstances = {}) => told(history, given, 'A1')

/** A HiPay notification of one second. */
const second = (code: string, moment: number, given: Partial<StoredEvent> = {}) =>
  notified(code, { occurredAt: at(moment), ...given })

const paid = beNotified('payment', '0000', { amount: 90 })
const linked = (reference: string, amount: number | null) => ({ reference, parentReference: 'A1', amount })

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

  it('by counter are told beside by whoever states that counter, and by nobody who states another', () => {
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

  it('lent rest on the latest lender, or on whoever lends no number', () => {
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

  it('of what nobody decided yet rest on the last counter, a notification’s first', () => {
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

describe('an operation', () => {
  /** Outcome, reconciliation, response and notification of one operation. */
  const words = (history: History, index = 0, given: Circumstances = {}, reference = 'T1') => {
    const fields = told(history, given, reference)
    return ['outcome', 'reconciliation', 'response', 'notification'].map(
      (part) => fields[`operations[${index}].${part}`],
    )
  }
  const silent = 'F-3: '

  it('is what the last decisive word says, and an earlier one yields to it', () => {
    const refused = second('113', 1)
    const decided = 'F-4: granted | refused F-4'
    expect(words({ refused, granted: second('116', 2) })).toEqual([
      decided,
      'W-7: granted | refused F-3',
      silent,
      decided,
    ])
    const again = second('109', 2)
    expect(words({ refused, again, answer: answered('116') })).toEqual([
      'F-4: again | answer F-3, refused F-4',
      'W-6: again answer | refused F-3',
      'F-5: answer',
      'F-4: again | refused F-4',
    ])
  })

  it('is what an answer says where the notification only ended it', () => {
    const history = { answer: answered('116', counters(50)), expired: second('114', 2, counters(50)) }
    expect(words(history)).toEqual([
      'F-5: answer | expired F-7',
      'W-1: answer expired',
      'F-5: answer',
      'F-7: expired',
    ])
    const held = second('112', 3)
    const ended = 'F-7: expired | held F-3, open F-3'
    expect(words({ open: second('142', 1), expired: history.expired, held })).toEqual([
      ended,
      'W-7: expired | held F-3, open F-3',
      silent,
      ended,
    ])
  })

  it('is implied by a later step, and ended by a void, which both yield to its own word', () => {
    const history = {
      granted: second('116', 1, counters(50)),
      capture: second('118', 2, counters(50, 50)),
      ended: second('115', 3, counters(50)),
    }
    expect(words(history)).toEqual([
      'F-3: granted | capture F-6, ended F-7',
      'W-7: granted | capture F-3, ended F-3',
      silent,
      'F-3: granted | capture F-6, ended F-7',
    ])
    expect(words(history, 1)).toEqual(['F-3: capture', 'W-8: capture', silent, 'F-3: capture'])
  })

  it('is not decided by who says nothing, or that nothing was processed', () => {
    const granted = second('116', 1)
    const noted = notified('101')
    const strange = notified('188', { operation: 'authorization' })
    expect(words({ granted, noted, strange })[0]).toBe('F-3: granted | noted F-8, strange F-9')
    const unsaid = beAnswered('payment', '1002')
    const refused = beAnswered('payment', '4001')
    expect(words({ unsaid, refused }, 0, {}, 'A1')).toEqual([
      'F-3: refused | unsaid F-10',
      'W-2: refused | unsaid F-3',
      'F-3: refused | unsaid F-10',
      silent,
    ])
    expect(words({ unsaid, open: beAnswered('payment', '0003') }, 0, {}, 'A1')).toEqual([
      'F-10: unsaid | open F-3',
      'W-4: unsaid | open F-3',
      'F-10: unsaid | open F-3',
      silent,
    ])
    const refusal = second('113', 2)
    expect(words({ capture: second('118', 1), refusal })[0]).toBe('F-3: refusal | capture F-4')
  })

  it('that got no further is what got furthest', () => {
    const history = { page: answered('140'), open: second('142', 1), held: second('112', 2) }
    expect(words(history)).toEqual([
      'F-3: held | open F-3, page F-3',
      'W-2: held page | open F-3',
      'F-3: page',
      'F-3: held | open F-3',
    ])
  })

  it('awaits, or is owed, by the rule of its kind', () => {
    const requested = second('117', 1, counters(50))
    expect(words({ requested }, 1)[1]).toBe('W-3: requested')
    const capture = second('118', 1, counters(50, 50))
    const refund = second('126', 2, { ...counters(50, 50, 7), operationId: 'r1' })
    expect(words({ capture, refund }, 2)[1]).toBe('W-8: refund')
    const step = { operation: 'refund', parentReference: 'T1', amount: 7 } as const
    const expectations = [expected({ ...step, requestedAt: at(0) })]
    expect(words({ capture }, 2, { expectations })).toEqual([
      'R-10: announced',
      'R-10: announced',
      silent,
      silent,
    ])
    const answer = maintained('126', { ...counters(50, 50, 7), amount: 7 })
    const back = second('126', 2, { ...counters(50, 50, 7), amount: 7 })
    expect(words({ capture, back, answer }, 2, { expectations })[1]).toBe('W-1: announced answer back')
  })

  it('is contradicted by one side, by the other, or by an amount', () => {
    const refused = beNotified('payment', '4001', { amount: 70 })
    const granted = beNotified('payment', '0000', { amount: 70 })
    const both = 'F-4: granted | refused F-4'
    expect(words({ refused, granted }, 0, {}, 'A1')).toEqual([both, 'W-6: granted refused', silent, both])
    expect(words({ answer: beAnswered('payment', '0000', { amount: 60 }), granted }, 0, {}, 'A1')).toEqual([
      'F-3: granted | answer F-3',
      'J-10: answer granted',
      'F-5: answer',
      'F-3: granted',
    ])
  })

  it('did not happen where the payment was refused, or where an operator says so', () => {
    const refuted = {
      answer: beAnswered('payment', '0000', { amount: 50 }),
      pending: beNotified('payment', '0003'),
      refused: beNotified('payment', '4001'),
      capture: beAnswered('capture', '0000', linked('A2', 5)),
      kept: beNotified('refund', '4001', linked('A3', 5)),
    }
    expect(words(refuted, 1, {}, 'A1')).toEqual([
      'F-5: capture refused',
      'W-2: capture',
      'F-5: capture',
      silent,
    ])
    const about = (found: string, outcome: 'not_processed' | null = null) => ({
      key: `${found}||transaction:A1:initial:A1`,
      outcome,
      at: RECEIVED_AT,
    })
    const another = {
      ...about('missing_response', 'not_processed'),
      key: 'missing_response||transaction:A2:initial:A2',
    }
    const resolutions = [about('missing_notification', 'not_processed'), about('outcome_mismatch'), another]
    const denied = {
      answer: beAnswered('payment', '0000', { amount: 50 }),
      page: beAnswered('payment', '0003', { amount: 50 }),
    }
    expect(words(denied, 0, { resolutions, after: HOUR }, 'A1')).toEqual([
      'Q-2: answer resolved missing_notification | page Q-2',
      'W-2: answer | page F-3',
      'F-5: answer | page F-3',
      silent,
    ])
  })

  it('has the amount of the deciding statement, else of one like it, else of what was announced', () => {
    const history = {
      answer: beAnswered('payment', '0000', { amount: 7 }),
      page: beAnswered('payment', '0003', { amount: 8 }),
      payment: { ...paid, amount: null },
    }
    expect(toldOfA1(history)['operations[0].amount']).toBe('M-8: answer | page M-8')
    const expectations = [expected({ operation: 'refund', parentReference: 'A1', amount: 7 })]
    const announced = { expectations }
    expect(toldOfA1({ paid }, announced)['operations[1].amount']).toBe('R-10: announced')
    const capture = second('118', 1, counters(50, 50))
    expect(told({ capture })['operations[1].amount']).toBe('M-8: ')
    const refund = beNotified('refund', '0000', linked('A2', 7))
    expect(toldOfA1({ paid, refund }, announced)['operations[1].amount']).toBe('M-8: refund')
  })
})

describe('what is late', () => {
  const overdue = (history: History, given: Circumstances, reference = 'T1') =>
    told(history, given, reference).overdue

  it('is late by the rule of its wait', () => {
    expect(overdue({ requested: second('117', 1, counters(50)) }, { after: DAY })).toBe('D-1: requested')
    expect(overdue({ page: answered('140') }, { after: 2 * DAY })).toBe('D-2: page')
    expect(overdue({ slow: answered('200') }, { after: 20 * DAY })).toBe('D-3: slow')
    const granted = second('116', 1, counters(50))
    const due = { policy: { responses: 'expected' } as const }
    expect(overdue({ granted }, { ...due, after: HOUR })).toBe('D-4: granted')
    expect(overdue({ granted }, due)).toBe('D-1: ')
    const expectations = [expected({ operation: 'refund', parentReference: 'T1' })]
    expect(overdue({ granted }, { expectations, after: DAY })).toBe('D-4: granted')
    const patient = {
      slow: answered('200'),
      refund: answered('126', { ...counters(50, 50, 10), operationId: 'r1' }),
    }
    expect(overdue(patient, { after: HOUR })).toMatch(/^D-1: /)
    const noted = second('103', 2)
    expect(overdue({ slow: answered('200'), noted }, { after: 20 * DAY })).toBe('D-3: slow')
  })
})

describe('discrepancies', () => {
  const found = (history: History, given: Circumstances = {}, reference = 'T1') =>
    Object.entries(told(history, given, reference)).flatMap(([field, by]) =>
      field.startsWith('discrepancies') ? [by] : [],
    )
  const capture = second('118', 1, counters(50, 50))

  it('rest on what they cannot do without, by the rule of their class', () => {
    const stray = (given: Partial<StoredEvent>) => ({ capture, stray: second('120', 2, given) })
    expect(found(stray({ currency: 'USD' }))).toEqual(['X-1: capture stray'])
    expect(found(stray({ orderId: 'O2' }))).toEqual(['X-1: capture stray'])
    expect(found(stray({ test: true }))).toEqual(['X-1: capture stray'])
    expect(found(stray({ merchantId: '8' }), { policy: { merchantIds: ['7'] } })).toEqual([
      'X-1: capture stray',
    ])
    expect(found(stray({ invalidAmounts: ['amount'] }))).toEqual(['X-2: stray'])
  })

  it('of money that cannot have moved rest on the sums', () => {
    expect(found({ capture: second('118', 1, counters(40, 50)) })).toEqual(['M-12: capture'])
    const refused = second('113', 2, counters(0))
    expect(found({ capture, refused })).toEqual(['M-12: capture refused'])
    const answer = answered('116', { ...counters(50), occurredAt: at(0) })
    expect(found({ answer, refused })).toEqual(['W-6: answer refused'])
    const more = beAnswered('payment', '0000', { amount: 100 })
    expect(found({ more, paid }, {}, 'A1')).toEqual(['J-10: more paid'])
  })

  it('of silence rest on whoever is owed an answer', () => {
    const late = { after: DAY }
    const missing = second('118', 1, { ...counters(50, 25), operationId: 'c2', amount: 5 })
    expect(found({ missing }, late)).toEqual(['D-4: missing', 'M-6: missing'])
    expect(found({ answer: answered('116', counters(50)) }, late)).toEqual(['D-1: answer'])
    const required = { policy: { expectations: 'required' } as const, ...late }
    expect(found({ capture }, required)).toEqual(['X-3: capture'])
  })
})

describe('reconciliation', () => {
  it('rests on the worst operation', () => {
    const capture = second('118', 1, counters(50, 50))
    const refund = second('126', 2, { ...counters(50, 50, 7), operationId: 'r1' })
    expect(told({ capture, refund }).reconciliation).toBe('W-5: refund | capture W-5')
    const answer = answered('118', counters(50, 50))
    const granted = second('116', 0, counters(50))
    expect(told({ answer, granted, capture }).reconciliation).toBe('W-5: answer capture | granted W-5')
  })

  it('of a payment that its order contradicts rests on the payment itself', () => {
    const asked = beNotified('payment', '0003')
    const doubled = { asked, paid, other: beNotified('payment', '0000', { reference: 'A2', amount: 30 }) }
    expect(toldOfA1(doubled).reconciliation).toBe('X-6: paid | asked X-6')
    const less = { expectations: [expected({ amount: 100 })] }
    expect(toldOfA1({ asked, paid }, less).reconciliation).toBe('X-5: paid | asked X-5')
    const both = { expectations: [expected({ amount: 60 })] }
    expect(toldOfA1(doubled, both).reconciliation).toBe('X-6: paid | asked X-6')
    expect(toldOfA1({ asked, paid }).reconciliation).toBe('W-5: paid | asked W-5')
  })
})

describe('traits', () => {
  it('are those of the last notification that states each, else of the last answer', () => {
    const stated = {
      test: false,
      paymentMethod: {
        product: 'visa',
        brand: null,
        maskedPan: null,
        expiryMonth: null,
        expiryYear: null,
        issuer: null,
        country: null,
        cardHolder: null,
      },
      fraud: { score: 1, result: null, review: null },
      customer: customerOf('1'),
      custom: { a: '1' },
    }
    const quiet = { test: null, currency: null }
    const history = {
      answer: answered('116', { occurredAt: at(9), ...stated, currency: 'EUR' }),
      first: second('116', 1, { ...quiet, customer: customerOf('2') }),
      last: second('118', 2, { ...quiet, customer: customerOf('3') }),
    }
    expect(told(history)).toMatchObject({
      currency: 'F-11: answer',
      test: 'F-11: answer',
      paymentMethod: 'F-11: answer',
      threeDSecure: 'F-11: ',
      fraud: 'F-11: answer',
      customer: 'F-11: last | answer F-11, first F-11',
      custom: 'F-11: answer',
    })
  })

  it('name the order by the least notified id, else by the least answered one', () => {
    const named = (orderId: string | null, given = notified) => given('116', { orderId })
    const history = {
      answer: named('O0', answered),
      first: named('O9'),
      second: named('O8'),
      bare: named(null),
    }
    expect(told(history).orderId).toBe('I-6: second | answer I-6, first I-6')
    expect(told({ answer: named('O0', answered) }).orderId).toBe('I-6: answer')
    expect(told({ early: second('116', 1), late: second('118', 2) }).orderId).toBe('I-6: early | late I-6')
    expect(told({ bare: named(null) }).orderId).toBe('I-6: ')
  })
})

describe('of more messages than are tried', () => {
  /** Of another payment: they only make the set too large to try every explanation. */
  const crowd = Array.from({ length: 300 }, (_, moment) =>
    second('103', moment, { reference: 'T9', orderId: null }),
  )
  const byRules = (history: History, given: Circumstances = {}, reference = 'T1') =>
    told(history, given, reference, crowd)

  const authorized = second('116', 1, counters(90))
  const capture = second('118', 1, counters(90, 90))
  const refund = second('126', 2, counters(90, 90, 20))
  const refused = second('113', 2, counters(0))
  const open = second('142', 1)
  const page = answered('140')
  const statuses: [status: string, history: History][] = [
    ['S-1: capture | answer S-1', { capture, answer: answered('118', counters(90, 90)) }],
    ['S-3: authorized part', { authorized, part: second('118', 2, counters(90, 20)) }],
    ['S-3: capture refund', { capture, refund }],
    ['S-1: capture whole', { capture, whole: second('125', 2, counters(90, 90, 90)) }],
    ['S-1: dispute | capture S-1', { capture, dispute: second('181', 3, counters(90, 90)) }],
    ['S-1: refused | authorized S-1', { authorized, refused }],
    ['S-1: ended | authorized S-1', { authorized, ended: second('115', 2, counters(90)) }],
    ['S-1: ended | authorized S-1', { authorized, ended: second('114', 2, counters(90)) }],
    ['S-1: authorized | noted F-8', { authorized, noted: second('120', 3) }],
    ['S-1: failed | page S-1', { page, failed: second('x', 1, { type: 'failed', operation: 'sale' }) }],
    ['S-1: unsaid | page S-1', { page, unsaid: answered('x', { type: 'not_processed', operation: 'sale' }) }],
    ['S-1: open | page S-1', { page, open }],
    ['S-1: held | open S-1', { open, held: second('112', 2) }],
    ['S-1: page', { page }],
    ['S-1: created | noted F-8', { created: second('101', 1, { type: 'created' }), noted: second('103', 2) }],
    ['S-4: credit', { credit: second('166', 1) }],
    ['S-1:  | strange F-9', { strange: second('188', 1) }],
  ]

  it.each(statuses)('the status rests on %s', (status, history) => {
    expect(byRules(history).status).toBe(status)
  })

  it('so do totals, traits and the order', () => {
    const answer = answered('116', { ...counters(90), currency: 'EUR', orderId: 'O1' })
    const bare = second('118', 1, { ...counters(90, 90), currency: null, orderId: null })
    expect(byRules({ answer, bare, refund: { ...refund, currency: null, orderId: null } })).toMatchObject({
      authorizedTotal: 'J-10: refund | answer J-10, bare J-10',
      capturedTotal: 'M-2: bare | answer M-2, refund M-2',
      refundedTotal: 'M-2: refund | answer M-2, bare M-2',
      currency: 'F-11: answer',
      orderId: 'I-6: answer',
      fraud: 'F-11: ',
    })
    const call = cutOff({ parentReference: 'T1', operation: 'refund' })
    expect(byRules({ open: second('142', 1, counters(50)) }).authorizedTotal).toBe('J-10: open')
    expect(byRules({ bare, call }).orderId).toBe('I-6: call')
    expect(byRules({ bare }).orderId).toBe('I-6: ')
  })

  it('so do the words of an operation', () => {
    const answer = beAnswered('payment', '0000', { amount: 50 })
    const expectations = [expected({ operation: 'refund', parentReference: 'A1', amount: 7 })]
    const fields = byRules({ answer, paid: { ...paid, amount: null } }, { expectations }, 'A1')
    expect(fields).toMatchObject({
      'operations[0].outcome': 'F-3: paid | answer F-3',
      'operations[0].amount': 'M-8: answer',
      'operations[0].reconciliation': 'W-1: answer paid',
      'operations[0].response': 'F-5: answer',
      'operations[0].notification': 'F-3: paid',
      'operations[1].outcome': 'R-10: announced',
      'operations[1].amount': 'R-10: announced',
      'operations[1].reconciliation': 'R-10: announced',
      'operations[1].response': 'F-3: ',
      'operations[1].notification': 'F-3: ',
    })
    expect(byRules({ paid }, {}, 'A1')['operations[0].amount']).toBe('M-8: paid')
  })

  it('so does what the order contradicts; what can only be tried is told of nobody', () => {
    const asked = beNotified('payment', '0003')
    const other = beNotified('payment', '0000', { reference: 'A2', amount: 30 })
    expect(byRules({ asked, paid, other }, {}, 'A1').reconciliation).toBe('X-6: paid | asked X-6')
    expect(byRules({ asked, paid }, { after: DAY }, 'A1').reconciliation).toBe('W-5:  | asked W-5, paid W-5')
    const stray = second('120', 2, { currency: 'USD' })
    expect(byRules({ capture, stray })['discrepancies[0]']).toBe('X-1: ')
    expect(byRules({ page }, { after: 2 * DAY }).overdue).toBe('D-2: ')
  })

  it('is said of 301, not of 300', () => {
    const triedOf = (count: number) => explain(inputFrom(crowd.slice(0, count)), 'T9')?.tried
    expect([triedOf(300), explain(inputFrom([...crowd, capture]), 'T1')?.tried]).toEqual([true, false])
  })
})

describe('an explanation', () => {
  it('has the values of the transaction, each discrepancy its own', () => {
    const capture = second('118', 1, { ...counters(40, 50), operationId: 'c1', amount: 20, currency: 'USD' })
    const granted = second('116', 0, counters(40))
    const { fields, ...about } = explain(inputFrom([granted, capture]), 'T1')!
    expect(about).toEqual({ provider: 'hipay', account: 'shop', reference: 'T1', tried: true })
    const valueOf = (name: string) => fields.find(({ field }) => field === name)?.value
    expect(['status', 'capturedTotal', 'overdue'].map(valueOf)).toEqual(['captured', 50, false])
    expect(valueOf('discrepancies[0]')).toMatchObject({ class: 'amount_mismatch', amountAtRisk: 10 })
    expect(valueOf('discrepancies[1]')).toMatchObject({ class: 'currency_mismatch', amountAtRisk: 50 })
    expect(valueOf('fraud')).toBeNull()
  })

  it('says of a step that did not happen, or that nobody began, that nothing came of it', () => {
    const outcomeOf = (events: readonly StoredEvent[], given: Circumstances = {}) =>
      explain(inputFrom(events, given), 'A1')?.fields.find(({ field }) => field === 'operations[1].outcome')
    const refused = beNotified('payment', '4001')
    const capture = beAnswered('capture', '0000', linked('A2', 5))
    expect(outcomeOf([refused, capture])).toMatchObject({ value: 'none', rule: { id: 'F-5' } })
    const expectations = [expected({ id: 'e1', operation: 'refund', parentReference: 'A1' })]
    const key = 'missing_response||transaction:A1:refund:expected:e1'
    const resolutions = [{ key, outcome: 'not_processed' as const, at: RECEIVED_AT }]
    expect(outcomeOf([paid], { expectations, resolutions, after: DAY })).toMatchObject({
      value: 'none',
      rule: { id: 'R-10' },
    })
  })

  it('shows each source with everything that finds the message again', () => {
    const granted = second('116', 1)
    const [first] = explain(inputFrom([granted]), 'T1')!.fields
    const type: EventType = 'authorized'
    expect(first).toEqual({
      field: 'status',
      value: 'authorized',
      rule: { id: 'S-1', name: 'the first status that holds' },
      decidedBy: [
        {
          kind: 'event',
          eventId: granted.id,
          inboxId: granted.inboxId,
          witness: 'notification',
          type,
          providerCode: '116',
          occurredAt: at(1),
          receivedAt: RECEIVED_AT,
        },
      ],
      outranked: [],
    })
  })

  it('names the statement and the announcement that decided, as they are stored', () => {
    const key = 'missing_notification||transaction:A1:initial:A1'
    const resolutions = [{ key, outcome: 'not_processed' as const, at: RECEIVED_AT }]
    const expectations = [expected({ operation: 'refund', parentReference: 'A1' })]
    const answer = beAnswered('payment', '0000', { amount: 50 })
    const { fields } = explain(inputFrom([answer], { after: HOUR, resolutions, expectations }), 'A1')!
    const decidedBy = (name: string) => fields.find(({ field }) => field === name)?.decidedBy
    expect(decidedBy('operations[0].outcome')).toContainEqual({ kind: 'resolution', key, at: RECEIVED_AT })
    expect(decidedBy('operations[1].outcome')).toEqual([{ kind: 'expectation', id: expectations[0]!.id }])
  })

  it('lists a repeated fact as outranked by the first telling of it; an equal call is no repetition', () => {
    const granted = second('116', 1)
    const again = { ...granted, id: 'again', receivedAt: '2026-04-02T00:00:00.000Z' }
    expect(told({ granted, again })['operations[0].outcome']).toBe('F-3: granted | again F-2')
    expect(told({ granted, again }).currency).toBe('F-11: granted | again F-2')
    const calls = { first: cutOff(), other: cutOff() }
    expect(told({ granted, ...calls })['operations[0].outcome']).toBe('F-3: granted | first F-3')
  })

  it('of an absorbed reference is that of its root, and of an unknown one there is none', () => {
    const capture = beAnswered('capture', '0000', linked('A2', 50))
    const other = beNotified('payment', '0000', { reference: 'A0' })
    const referenceOf = (reference: string) =>
      explain(inputFrom([other, paid, capture]), reference)?.reference
    expect(['A0', 'A1', 'A2'].map(referenceOf)).toEqual(['A0', 'A1', 'A1'])
    expect(explain(inputFrom([paid]), 'A3')).toBeNull()
  })
})
