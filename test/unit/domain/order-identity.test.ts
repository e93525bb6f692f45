import { describe, expect, test } from 'vitest'
import { scrub } from '../../../src/card-data/scrub.ts'
import { hipay } from '../../../src/providers/hipay/index.ts'
import {
  answered,
  beAnswered,
  beNotified,
  cutOff,
  expected,
  notified,
  orderOf,
  settle,
  transactionOf,
} from '../../support/facts.ts'
import { IDENTIFIERS } from '../../support/identifiers.ts'
import { hipayFields } from '../../support/wire.ts'
import { accountWith, NOW, secret } from '../providers/hipay/account.ts'

/** Which transactions are one order. */

const ACCOUNT = accountWith(secret())

describe('orders', () => {
  test('I-6 the notifications name the order, else the answers; the byte-least of several', () => {
    const forwarded = beAnswered('payment', '0000', { orderId: 'O0' })
    expect(transactionOf([beNotified('payment', '0000', { orderId: 'O7' }), forwarded]).orderId).toBe('O7')
    expect(transactionOf([forwarded, beAnswered('payment', '0000', { orderId: 'O9' })]).orderId).toBe('O0')
    const renamed = [
      beNotified('payment', '0000', { orderId: 'O9' }),
      beNotified('payment', '0000', { orderId: 'O8' }),
    ]
    expect(transactionOf(renamed).orderId).toBe('O8')
    const later = [notified('116', { orderId: 'O9' }), notified('118', { orderId: 'O8', amount: 100 })]
    expect(transactionOf(later).orderId).toBe('O8')
  })

  test('I-6 a late order id moves only the view', () => {
    const bare = notified('118', { orderId: null, amount: 100 })
    expect(settle([bare]).orders).toEqual([])
    expect(orderOf([bare, cutOff({ parentReference: 'T1', operation: 'refund' })]).transactions).toEqual([
      'T1',
    ])
  })

  test('I-7 an order without a transaction exists by its requests', () => {
    expect(orderOf([cutOff()])).toMatchObject({ transactions: [], netTotal: 0, paid: false })
    expect(orderOf([], { expectations: [expected()] }).orderId).toBe('O1')
    expect(settle([]).orders).toEqual([])
  })

  const orderIdsOf = (...args: Parameters<typeof settle>) =>
    settle(...args).orders.map(({ orderId }) => orderId)

  test('I-7 an order exists by its call, also where that stands on a payment of another order', () => {
    const call = cutOff({ parentReference: 'T1', operation: 'refund', orderId: 'O0' })
    expect(orderIdsOf([notified('118'), call])).toEqual(['O0', 'O1'])
    expect(settle([notified('118'), call]).orders[0]).toMatchObject({ transactions: [], requests: [] })
  })

  test('I-7 an order exists by whatever named it, also when an operator has closed the contradiction', () => {
    const events = [
      notified('116', { orderId: 'O5' }),
      notified('118', { orderId: 'O3' }),
      answered('118', { orderId: 'O4' }),
      notified('118', { reference: 'T2', orderId: 'O5' }),
    ]
    expect(orderIdsOf(events)).toEqual(['O3', 'O4', 'O5'])
    const resolutions = [{ key: 'order_mismatch|orderId|transaction:T1', outcome: null, at: 'now' }]
    expect(orderIdsOf(events, { resolutions })).toEqual(['O3', 'O4', 'O5'])
    expect(orderIdsOf([notified('118', { currency: 'USD' }), notified('116')])).toEqual(['O1'])
  })

  test('I-8 two ids that may be card numbers are two orders, the same ones in every encoding', () => {
    const ids = ['5123450005678', '5123450185678']
    const kept = ids.map((id) => IDENTIFIERS.replace(id))
    const told = (['form', 'xml'] as const).map((encoding) =>
      ids.map((id, index) => {
        const fields = hipayFields({ transaction_reference: `T${index}`, order: { id } })
        const { body } = hipay.sign(fields, ACCOUNT, { encoding })
        const { content } = scrub(body, { identifiers: IDENTIFIERS })
        const translation = hipay.translate({ content, receivedAt: NOW }, ACCOUNT)
        return translation.readable ? translation.events[0]?.orderId : null
      }),
    )
    expect(told).toEqual([kept, kept])
    const events = kept.map((orderId, index) => notified('118', { reference: `T${index}`, orderId }))
    expect(orderIdsOf(events).toSorted()).toEqual(kept.toSorted())
    expect(IDENTIFIERS.replace(kept[0]!)).not.toBe(kept[0])
  })
})
