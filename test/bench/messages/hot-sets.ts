import {
  be2billNotification,
  be2billResponse,
  hipayNotification,
  type SamplePayment,
} from '../../../src/cli/sample-notifications.ts'
import type { WireFields } from '../../../src/providers/provider.ts'

/** Sets of messages that have to be judged together, as large as they are asked for: a shop's unlucky habits. */
export interface HotSet {
  name: string
  account: string
  /** What the provider sends for the message of this number, from 0 on; null: it sends nothing. */
  notification: (index: number) => WireFields | null
  /** What the merchant forwards with it, beside provider and account; null: nothing. */
  response: (index: number) => Readonly<Record<string, unknown>> | null
  /** Where it shows; the path of the API behind /v1. */
  path: string
}

const AMOUNT = 1_000

const payment = (reference: string, orderId: string, index = 0): SamplePayment => ({
  reference,
  orderId,
  amount: AMOUNT,
  currency: 'EUR',
  at: new Date(Date.UTC(2026, 2, 2, 10) + index * 1_000),
  test: false,
})

const none = (): null => null
const digits = (index: number): string => String(index).padStart(8, '0')

/** Every payment of a shop that sends one order id for all of them. */
const ORDER: HotSet = {
  name: 'one order, a payment each',
  account: 'shop-fr',
  notification: (index) => hipayNotification('118', payment(`7000${digits(index)}`, 'HOT-ORDER', index)),
  response: none,
  path: 'orders/hipay/shop-fr/HOT-ORDER',
}

/** A marketplace that captures one authorization for each of its parcels. */
const CAPTURES: HotSet = {
  name: 'one transaction, a capture each',
  account: 'shop-fr',
  notification: (index) => {
    const one = payment('710000000000', 'HOT-CAPTURES', index)
    if (index === 0) return hipayNotification('116', { ...one, amount: AMOUNT * 100_000 })
    const operation = { type: 'capture', id: `parcel-${index}`, reference: `parcel-${index}`, amount: AMOUNT }
    return hipayNotification(
      '118',
      { ...one, amount: AMOUNT * 100_000 },
      { captured: AMOUNT * index, operation },
    )
  },
  response: none,
  path: 'transactions/hipay/shop-fr/710000000000',
}

/** A deposit that is given back in parts: each refund has a reference of its own, and the answer to its call links it. */
const REFUNDS: HotSet = {
  name: 'one parent, a refund each',
  account: 'shop-be',
  notification: (index) =>
    index === 0
      ? be2billNotification('payment', '0000', {
          ...payment('A80000000000', 'HOT-REFUNDS'),
          amount: AMOUNT * 100_000,
        })
      : be2billNotification('refund', '0000', payment(`B8${digits(index)}`, 'HOT-REFUNDS')),
  response: (index) => {
    if (index === 0) return null
    const { envelope, body } = be2billResponse('refund', '0000', payment(`B8${digits(index)}`, 'HOT-REFUNDS'))
    return { ...envelope, parentReference: 'A80000000000', body }
  },
  path: 'transactions/be2bill/shop-be/A80000000000',
}

/** A script that calls again and again and gives up too early. */
const CALLS: HotSet = {
  name: 'one order, a call without an answer each',
  account: 'shop-fr',
  notification: none,
  response: (index) => ({
    orderId: 'HOT-CALLS',
    operationId: `call-${index}`,
    amount: AMOUNT,
    currency: 'EUR',
    error: 'timeout',
  }),
  path: 'orders/hipay/shop-fr/HOT-CALLS',
}

export const HOT_SETS: readonly HotSet[] = [ORDER, CAPTURES, REFUNDS, CALLS]
