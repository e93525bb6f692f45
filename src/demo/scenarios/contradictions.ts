import {
  be2billAnswers,
  be2billNotifies,
  hipayAnswers,
  hipayNotifies,
  later,
  payment,
  transaction,
} from '../samples.ts'
import type { Scenario } from '../scenario.ts'

const contradicted = payment('900000000009', 'ORDER-9')
const accepted = payment('A200000004', 'ORDER-104', { amount: 12_390 })
const shortened = payment('900000000010', 'ORDER-10')
const paidOnce = payment('900000000011', 'ORDER-11')
const paidAgain = payment('900000000012', 'ORDER-11')

/** Where response and notification, or two payments of one order, cannot both be right. */
export const contradictions: readonly Scenario[] = [
  {
    name: 'Captured, then declined',
    sentence: 'The answer promised money, the notification says no: not paid, and not safe to ask again.',
    account: 'shop-hipay',
    inputs: [hipayAnswers('118', contradicted), hipayNotifies('113', later(contradicted, 5))],
    expect: {
      transactions: [transaction(contradicted, 'declined', 'discrepant')],
      order: { paid: false, safeToRetry: false },
      discrepancies: ['outcome_mismatch'],
    },
  },
  {
    name: 'Declined, then captured',
    sentence: 'The answer was no, the money moved all the same: the order is paid and an operator must look.',
    account: 'shop-be2bill',
    inputs: [be2billAnswers('payment', '4001', accepted), be2billNotifies('payment', '0000', accepted)],
    expect: {
      transactions: [transaction(accepted, 'captured', 'discrepant', { capturedTotal: 12_390 })],
      order: { paid: true, safeToRetry: false },
      discrepancies: ['outcome_mismatch'],
    },
  },
  {
    name: 'Amount mismatch',
    sentence:
      'The answer authorized 50.00, the notification 5.00: the lower amount counts, the gap is named.',
    account: 'shop-hipay',
    inputs: [hipayAnswers('116', shortened), hipayNotifies('116', shortened, { authorized: 500 })],
    expect: {
      transactions: [transaction(shortened, 'authorized', 'discrepant', { authorizedTotal: 500 })],
      discrepancies: ['amount_mismatch'],
    },
  },
  {
    name: 'One order paid twice',
    sentence: 'Two different payments of one order both succeeded: one of them has to go back.',
    account: 'page-hipay',
    inputs: [hipayNotifies('118', paidOnce), hipayNotifies('118', later(paidAgain, 30))],
    expect: {
      transactions: [
        transaction(paidOnce, 'captured', 'discrepant'),
        transaction(paidAgain, 'captured', 'discrepant'),
      ],
      order: { paid: true, safeToRetry: false },
      discrepancies: ['duplicate_payment'],
    },
  },
]
