import {
  be2billNotification,
  hipayNotification,
  type SamplePayment,
} from '../../../src/cli/sample-notifications.ts'
import type { WireFields } from '../../../src/providers/provider.ts'

/**
 * What payments say in their life, in the shares of a shop's traffic: about 2.5 notifications per payment. Each step
 * names what must be known of its reference once it and the steps before it are reconciled.
 */
export interface Story {
  name: string
  account: string
  encoding: 'form' | 'xml'
  /** Share of payments, in hundredths. */
  weight: number
  steps: readonly Step[]
}

export interface Step {
  name: string
  fields: (payment: SamplePayment) => WireFields
  /** Be2bill gives later steps a reference of their own; HiPay speaks of the payment's throughout. */
  ownReference: boolean
  expected: Expected
}

/** What `transactions` must say; money in whole payments: 1 is the payment's amount, null not stated. */
export interface Expected {
  status: string
  authorized: 0 | 1 | null
  captured: 0 | 1 | null
  refunded: 0 | 1 | null
}

const money = (
  status: string,
  authorized: Expected['authorized'],
  captured: Expected['captured'],
  refunded: Expected['refunded'],
): Expected => ({ status, authorized, captured, refunded })

const AUTHORIZED = money('authorized', 1, 0, 0)
const CAPTURED = money('captured', 1, 1, 0)
const REFUNDED = money('refunded', 1, 1, 1)

/** The provider's clock moves on with every step: two minutes from one notification of a payment to the next. */
const later = (payment: SamplePayment, steps: number): SamplePayment => ({
  ...payment,
  at: new Date(payment.at.getTime() + steps * 120_000),
})

/** One HiPay payment: its notifications by status. */
function hipaySteps(...statuses: (readonly [string, Expected])[]): Step[] {
  return statuses.map(([status, expected], index) => ({
    name: status,
    fields: (payment) =>
      asLongAsReal(hipayNotification(status, later(payment, index), CALLS[status]?.(payment))),
    ownReference: false,
    expected,
  }))
}

/** 125 names the call that it answers. */
const CALLS: Readonly<Record<string, (payment: SamplePayment) => object>> = {
  125: ({ amount, reference }) => ({
    operation: { type: 'refund', id: `rf-${reference}`, reference, amount },
  }),
}

/** With what HiPay sends beside what the samples hold: a form then has the 1.8 KB of one in production. */
const asLongAsReal = ({ payment_method, ...fields }: WireFields): WireFields => ({
  ...fields,
  payment_method: {
    token: HIPAY_TOKEN,
    card_id: '5b8f1c2e-0c6f-4f0f-9f5e-2f5a5d1b7c11',
    ...(payment_method as WireFields),
  },
  device_id: '',
  cdata2: 'newsletter=no;channel=web;campaign=spring-2026',
  avs_result: '',
  cvc_result: '',
  custom_data: { shop: 'café de la Paix', gift: '1' },
  acquirer_transaction_reference: 'ACQ-55-0117',
})

const HIPAY_TOKEN = '0f3c5b1e9a7d4c2286b0d4e17f5a39c8e1b2a3c4d5e6f708192a3b4c5d6e7f80'

function be2billStep(operation: string, ownReference: boolean, expected: Expected): Step {
  return {
    name: operation,
    fields: (payment) => be2billNotification(operation, '0000', payment),
    ownReference,
    expected,
  }
}

const MANUAL = hipaySteps(['116', AUTHORIZED], ['117', AUTHORIZED], ['118', CAPTURED])
const AUTOMATIC = hipaySteps(['116', AUTHORIZED], ['118', CAPTURED])
const RETURNED = hipaySteps(['118', CAPTURED], ['124', CAPTURED], ['125', REFUNDED])
const DECLINED = hipaySteps(['113', money('declined', 0, 0, 0)])

const hipay = (name: string, steps: readonly Step[], weights: { form: number; xml: number }): Story[] => [
  { name, account: 'shop-fr', encoding: 'form', weight: weights.form, steps },
  { name: `${name} (XML)`, account: 'shop-de', encoding: 'xml', weight: weights.xml, steps },
]

const be2bill = (name: string, weight: number, steps: readonly Step[]): Story => ({
  name,
  account: 'shop-be',
  encoding: 'form',
  weight,
  steps,
})

export const stories: readonly Story[] = [
  ...hipay('captured by hand', MANUAL, { form: 30, xml: 8 }),
  ...hipay('captured at once', AUTOMATIC, { form: 18, xml: 5 }),
  ...hipay('returned', RETURNED, { form: 18, xml: 4 }),
  ...hipay('declined', DECLINED, { form: 3, xml: 1 }),
  be2bill('paid', 3, [be2billStep('payment', false, CAPTURED)]),
  be2bill('authorized, captured', 5, [
    be2billStep('authorization', false, AUTHORIZED),
    be2billStep('capture', true, money('captured', null, 1, 0)),
  ]),
  be2bill('paid, refunded', 5, [
    be2billStep('payment', false, CAPTURED),
    be2billStep('refund', true, money('refunded', null, 0, 1)),
  ]),
]
