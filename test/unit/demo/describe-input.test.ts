import { expect, it } from 'vitest'
import { describeInput } from '../../../src/demo/describe-input.ts'
import {
  be2billAnswers,
  be2billNotifies,
  hipayAnswers,
  hipayNotifies,
  payment,
} from '../../../src/demo/samples.ts'
import type { Input } from '../../../src/demo/scenario.ts'

const about = payment('900000000001', 'ORDER-1')
const operation = { type: 'refund', id: 'refund-1', reference: '810000000001', amount: 1_550 }
const disputed = { CHARGEBACKSTATUS: 'first chargeback', CHARGEBACKAMOUNT: '700', CURRENCY: 'EUR' }

it.each<[string, Input]>([
  ['118 Captured, 50.00 EUR', hipayNotifies('118', about)],
  ['116 Authorized, 5.00 EUR', hipayAnswers('116', about, { authorized: 500 })],
  ['126 Partially Refunded, 15.50 EUR', hipayNotifies('126', about, { refunded: 2_550, operation })],
  ['113 Refused, 50.00 EUR', hipayNotifies('113', about)],
  ['199 unknown, 50.00 EUR', hipayNotifies('199', about)],
  ['payment 5004, 50.00 EUR', be2billNotifies('payment', '5004', about)],
  ['payment 0000, 50.00 EUR', be2billAnswers('payment', '0000', about)],
  ['first chargeback, 7.00 EUR', { kind: 'notification', fields: disputed }],
  [
    '118 Captured, 50.00 EUR, XML, 3 times',
    { ...hipayNotifies('118', about), sign: { encoding: 'xml' }, times: 3 },
  ],
  ['118 Captured, 50.00 EUR, amount forged', { ...hipayNotifies('118', about), tamper: true }],
  ['118 Captured, 50.00 EUR, not signed', { ...hipayNotifies('118', about), unsigned: true }],
  ['no answer: timeout', { kind: 'response', envelope: {}, error: 'timeout' }],
  ['HTTP 500', { kind: 'response', envelope: {}, httpStatus: 500 }],
  ['HTTP 401, error 1000001', { kind: 'response', envelope: {}, httpStatus: 401, body: { code: '1000001' } }],
  ['a payment page was made', { kind: 'response', envelope: {}, body: { forwardUrl: 'https://page.test' } }],
  ['refund announced, direct', { kind: 'expectation', orderId: 'O', operation: 'refund' }],
  [
    'payment announced, hosted, 500 JPY',
    { kind: 'expectation', orderId: 'O', channel: 'hosted', amount: 500, currency: 'JPY' },
  ],
  [
    'operator resolves duplicate_payment',
    { kind: 'resolution', orderId: 'O', class: 'duplicate_payment', note: 'n' },
  ],
])('is described as "%s"', (text, input) => {
  expect(describeInput(input)).toBe(text)
})
