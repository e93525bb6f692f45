import { describe, expect, it } from 'vitest'
import { linked, paid, second, told, toldOfA1 } from '../../support/deciding.ts'
import type { History } from '../../support/deciding.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  DAY,
  expected,
  HOUR,
  maintained,
  notified,
  RECEIVED_AT,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'

/** Which message decides what is said of an operation, and what is late. */

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
