import { describe, expect, test } from 'vitest'
import { resolveRoots } from '../../../src/domain/identity/references.ts'
import {
  beAnswered,
  beNotified,
  cutOff,
  expected,
  notified,
  orderOf,
  settle,
  transactionOf,
  receivedAfter,
} from '../../support/facts.ts'

/** Which facts are one transaction. */

const roots = (...args: Parameters<typeof settle>) =>
  settle(...args).transactions.map(({ reference }) => reference)

describe('transactions', () => {
  test('I-1 all facts of one reference are one transaction', () => {
    expect(roots([notified('116'), notified('118'), notified('116', { reference: 'T2' })])).toEqual([
      'T1',
      'T2',
    ])
  })

  test('I-2 a parent named by an answer absorbs the child, however late it is known', () => {
    const child = beNotified('refund', '0000', { reference: 'A2', amount: 1000 })
    const payment = beNotified('payment', '0000', { amount: 5000 })
    expect(roots([payment, child])).toEqual(['A1', 'A2'])
    const answer = beAnswered('refund', '0000', { reference: 'A2', parentReference: 'A1', amount: 1000 })
    const transaction = transactionOf([child, payment, answer])
    expect(transaction).toMatchObject({ reference: 'A1', absorbed: ['A2'], status: 'partially_refunded' })
    expect(transaction.refundedTotal).toBe(1000)
  })

  test('I-2 absorbed references stand in byte order', () => {
    const step = (operation: string, reference: string) =>
      beAnswered(operation, '0000', { reference, parentReference: 'A1' })
    expect(transactionOf([step('capture', 'A3'), step('refund', 'A2')]).absorbed).toEqual(['A2', 'A3'])
  })

  test('I-2 links chain, and the root may be known by its links alone', () => {
    const links = [
      beAnswered('capture', '0000', { reference: 'A2', parentReference: 'A1' }),
      beAnswered('refund', '0000', { reference: 'A3', parentReference: 'A2' }),
    ]
    expect(transactionOf(links)).toMatchObject({ reference: 'A1', absorbed: ['A2', 'A3'] })
  })

  test('I-3 contradictory parents and cycles have one answer for every order of evidence', () => {
    const two = [
      { child: 'c', parent: 'b' },
      { child: 'c', parent: 'a' },
    ]
    expect([two, two.toReversed()].map((links) => resolveRoots(links)('c'))).toEqual(['a', 'a'])
    const cycle = [
      { child: 'z', parent: 'y' },
      { child: 'y', parent: 'x' },
      { child: 'x', parent: 'y' },
      { child: 's', parent: 's' },
    ]
    const rootOf = resolveRoots(cycle)
    expect(['x', 'y', 'z', 's', 'y'].map(rootOf)).toEqual(['x', 'x', 'x', 's', 'x'])
    // What only leads into a cycle is no member of it; and a payment that names itself names no parent.
    expect(resolveRoots([{ child: 'a', parent: 'z' }, ...cycle])('a')).toBe('x')
    expect(resolveRoots([...cycle, { child: 's', parent: 't' }])('s')).toBe('t')
  })

  describe('I-4 an announced or cut-off step names the parent of a notified one', () => {
    const payment = beNotified('payment', '0000', { amount: 5000 })
    const refund = beNotified('refund', '0000', { reference: 'A2', amount: 1000 })
    const asked = { operation: 'refund', parentReference: 'A1' } as const

    test('I-4 where nothing else fits', () => {
      const announced = { expectations: [expected({ ...asked, amount: 1000 })] }
      expect(transactionOf([payment, refund], announced).absorbed).toEqual(['A2'])
      expect(transactionOf([payment, refund, cutOff({ ...asked, orderId: null })]).absorbed).toEqual(['A2'])
    })

    test('I-4 not where amounts, kinds or orders differ', () => {
      const other = [
        { amount: 999 },
        { operation: 'void' },
        { orderId: 'O2' },
        { type: 'not_processed' },
        { parentReference: null },
      ] as const
      for (const difference of other) {
        expect(roots([payment, refund, cutOff({ ...asked, ...difference })])).toEqual(['A1', 'A2'])
      }
      expect(roots([payment, refund], { expectations: [expected({ operation: 'refund' })] })).toEqual([
        'A1',
        'A2',
      ])
    })

    test('I-4 where one of the amounts is not stated, but not where any fact states another', () => {
      const bare = beNotified('refund', '0000', { reference: 'A2' })
      const call = cutOff({ ...asked, amount: 1000 })
      expect(transactionOf([payment, bare, call]).absorbed).toEqual(['A2'])
      expect(roots([payment, bare, { ...bare, amount: 999 }, call])).toEqual(['A1', 'A2'])
      const pending = beNotified('refund', '0003', { reference: 'A2' })
      expect(roots([payment, pending, { ...bare, amount: 999 }, call])).toEqual(['A1', 'A2'])
    })

    test('I-4 where the parent itself is not known yet, and whatever else the order holds', () => {
      expect(transactionOf([refund, cutOff(asked)])).toMatchObject({ reference: 'A1', absorbed: ['A2'] })
      const cancelled = beNotified('void', '0000', { reference: 'A7' })
      expect(roots([payment, refund, cancelled, cutOff(asked)])).toEqual(['A1', 'A7'])
      const absurd = cutOff({ ...asked, parentReference: 'A2' })
      expect(roots([payment, refund, absurd, cutOff(asked)])).toEqual(['A1'])
    })

    test('I-4 where it was announced, although its answer names no parent; an answered step is no rival', () => {
      const own = beAnswered('refund', '0000', { reference: 'A2', amount: 1000 })
      const announced = { expectations: [expected(asked)] }
      expect(transactionOf([payment, refund, own], announced).absorbed).toEqual(['A2'])
      const linked = beAnswered('refund', '0000', { reference: 'A3', parentReference: 'A1', amount: 1000 })
      expect(transactionOf([payment, refund, linked, cutOff(asked)]).absorbed).toEqual(['A2', 'A3'])
    })

    test('I-4 never a second payment, a step that counts per transaction, or one that has steps of its own', () => {
      const challenge = cutOff({ ...asked, operation: 'authorization' })
      expect(roots([payment, beNotified('payment', '0000', { reference: 'A2' }), challenge])).toEqual([
        'A1',
        'A2',
      ])
      const own = beAnswered('payment', '0000', { amount: 5000 })
      const second = beNotified('payment', '0000', { reference: 'A2' })
      expect(roots([payment, own, second, challenge])).toEqual(['A1', 'A2'])
      const otherwise = beNotified('capture', '0000', { reference: 'A2' })
      expect(roots([payment, refund, otherwise, cutOff(asked)])).toEqual(['A1', 'A2'])
      expect(roots([payment, refund, notified('181', { reference: 'A2' }), cutOff(asked)])).toEqual([
        'A1',
        'A2',
      ])
      const counted = notified('126', { reference: 'A2', capturedTotal: 5000 })
      expect(roots([payment, counted, notified('125', { reference: 'A2' }), cutOff(asked)])).toEqual([
        'A1',
        'A2',
      ])
      const child = beAnswered('refund', '0000', { reference: 'A3', parentReference: 'A2' })
      expect(roots([payment, refund, child, cutOff(asked)])).toEqual(['A1', 'A2'])
      const told = beNotified('refund', '0000', { reference: 'A3', parentReference: 'A2' })
      expect(roots([payment, refund, told, cutOff(asked)])).toEqual(['A1', 'A2'])
    })

    test('I-4 not without an order', () => {
      const orderless = [payment, refund, cutOff(asked)].map((fact) => ({ ...fact, orderId: null }))
      expect(roots(orderless)).toEqual(['A1', 'A2'])
    })

    test('I-4 not where more steps were told than are still to come', () => {
      const smaller = beNotified('refund', '0000', { reference: 'A3', amount: 500 })
      const meant = [cutOff({ ...asked, amount: 1000 })]
      expect(roots([payment, refund, smaller, ...meant], { expectations: [expected(asked)] })).toEqual([
        'A1',
        'A2',
        'A3',
      ])
      const done = ['A3', 'A4'].map((reference) =>
        beAnswered('refund', '0000', { reference, parentReference: 'A1' }),
      )
      const rival = { ...refund, reference: 'A5' }
      const expectations = ['1', '2', '3'].map((operationId) => expected({ ...asked, operationId }))
      expect(roots([payment, refund, rival, ...done], { expectations })).toEqual(['A1', 'A2', 'A5'])
      expect(roots([payment, refund, ...done], { expectations })).toEqual(['A1'])
    })

    test('I-4 not where it could be another step, or another payment', () => {
      const rival = beNotified('refund', '0000', { reference: 'A3', amount: 1000 })
      expect(roots([payment, refund, rival, cutOff(asked)])).toEqual(['A1', 'A2', 'A3'])
      const second = cutOff({ ...asked, parentReference: 'A9' })
      expect(roots([payment, refund, cutOff(asked), second])).toEqual(['A1', 'A2'])
    })

    test('I-4 not where two steps can only have been asked for by one request', () => {
      const rival = beNotified('refund', '0000', { reference: 'A3', amount: 1000 })
      const bare = beNotified('refund', '0000', { reference: 'A4' })
      const calls = [1000, 2000, 3000].map((amount) => cutOff({ ...asked, amount }))
      expect(roots([payment, refund, rival, bare, ...calls])).toEqual(['A1', 'A2', 'A3', 'A4'])
      expect(roots([payment, refund, bare, ...calls])).toEqual(['A1'])
    })

    test('I-4 a step that requests act on is compared with its rivals, not with those requests', () => {
      const rival = beNotified('refund', '0000', { reference: 'A3', amount: 1000 })
      const onRival = cutOff({ operation: 'refund', parentReference: 'A3', amount: 999 })
      const twice = [cutOff(asked), cutOff(asked)]
      expect(transactionOf([payment, refund, rival, ...twice, onRival]).absorbed).toEqual(['A2', 'A3'])
    })

    test('I-4 not where the announced call was told since, under the same name in the same order', () => {
      const announced = { expectations: [expected({ ...asked, operationId: 'r1' })] }
      const told = cutOff({ ...asked, operationId: 'r1', type: 'not_processed' })
      expect(roots([payment, refund, told], announced)).toEqual(['A1', 'A2'])
      for (const other of [
        { operationId: 'r2' },
        { operationId: null },
        { orderId: 'O2' },
        { receivedAt: '2026-04-01T11:59:59.000Z' },
      ])
        expect(roots([payment, refund, { ...told, ...other }], announced)).toEqual(['A1'])
      // The merchant's clock may be ahead of ours.
      const ahead = expected({ ...asked, operationId: 'r1', requestedAt: receivedAfter(2_000) })
      expect(roots([payment, refund, told], { expectations: [ahead] })).toEqual(['A1', 'A2'])
    })

    test('I-4 not where the step was answered, or the announcement is fulfilled already', () => {
      const own = beAnswered('refund', '0000', { reference: 'A2', amount: 1000 })
      expect(roots([payment, refund, own, cutOff(asked)])).toEqual(['A1', 'A2'])
      const linked = beAnswered('refund', '0000', { reference: 'A3', parentReference: 'A1', amount: 1000 })
      const announced = { expectations: [expected(asked)] }
      expect(roots([payment, refund, linked], announced)).toEqual(['A1', 'A2'])
      const unheard = beAnswered('refund', '0000', { reference: 'A2' })
      expect(roots([payment, unheard], announced)).toEqual(['A1', 'A2'])
    })
  })

  test('I-5 an unlinked step is a root of its own, and the order nets it', () => {
    const events = [
      beNotified('payment', '0000', { amount: 5000 }),
      beNotified('refund', '0000', { reference: 'A2', amount: 5000 }),
    ]
    expect(settle(events).transactions[1]).toMatchObject({
      authorizedTotal: null,
      capturedTotal: 0,
      status: 'refunded',
    })
    expect(orderOf(events)).toMatchObject({ netTotal: 0, paid: false, safeToRetry: true })
  })
})
