import type { Scenario } from '../scenario.ts'
import { be2billAnswers, be2billNotifies, payment } from '../steps.ts'

const plain = payment('A200000001', 'ORDER-101', { amount: 12_390 })
const dalenys = payment('A200000002', 'ORDER-102', { amount: 4_500 })
const slowBank = payment('A200000003', 'ORDER-103', { amount: 12_390 })
const contradicted = payment('A200000004', 'ORDER-104', { amount: 12_390 })
const underDalenys = payment('A200000005', 'ORDER-105')
const underBe2bill = payment('A200000006', 'ORDER-106')
const asked = payment('A200000007', 'ORDER-107', { amount: 9_900 })
const novel = payment('A200000008', 'ORDER-108')

export const be2billScenarios: readonly Scenario[] = [
  {
    name: 'Be2bill: response first',
    sentence: 'The answer hardly says more than its code; what was asked for comes from the shop.',
    account: 'shop-be2bill',
    steps: [
      {
        ...be2billAnswers('payment', '0000', plain),
        leadsTo: {
          reference: plain.reference,
          status: 'captured',
          reconciliation: 'awaiting_notification',
        },
      },
      be2billNotifies('payment', '0000', plain),
    ],
    expect: {
      transactions: [
        {
          reference: plain.reference,
          status: 'captured',
          reconciliation: 'matched',
          totals: { authorizedTotal: 12_390, capturedTotal: 12_390, refundedTotal: 0 },
        },
      ],
      order: { orderId: plain.orderId, paid: true, safeToRetry: false },
    },
  },
  {
    name: 'Dalenys: notification first',
    sentence: 'The same protocol under its newer name: the notification comes before the shop’s word.',
    account: 'shop-dalenys',
    steps: [
      {
        ...be2billNotifies('payment', '0000', dalenys),
        leadsTo: { reference: dalenys.reference, status: 'captured', reconciliation: 'awaiting_response' },
      },
      be2billAnswers('payment', '0000', dalenys),
    ],
    expect: {
      transactions: [
        {
          reference: dalenys.reference,
          status: 'captured',
          reconciliation: 'matched',
          totals: { capturedTotal: 4_500 },
        },
      ],
    },
  },
  {
    name: '5004, then success',
    sentence: 'The bank did not answer in time: until it does, nobody may ask for the money again.',
    account: 'shop-be2bill',
    steps: [
      {
        ...be2billAnswers('payment', '5004', slowBank),
        leadsTo: {
          reference: slowBank.reference,
          status: 'pending',
          reconciliation: 'awaiting_notification',
        },
      },
      be2billNotifies('payment', '0000', slowBank),
    ],
    expect: {
      transactions: [
        {
          reference: slowBank.reference,
          status: 'captured',
          reconciliation: 'matched',
          totals: { capturedTotal: 12_390 },
        },
      ],
      order: { orderId: slowBank.orderId, paid: true, safeToRetry: false },
    },
  },
  {
    name: 'Declined, then notified captured',
    sentence: 'The answer was no, the money moved all the same: the order is paid and somebody must look.',
    account: 'shop-be2bill',
    steps: [
      be2billAnswers('payment', '4001', contradicted),
      be2billNotifies('payment', '0000', contradicted),
    ],
    expect: {
      transactions: [
        {
          reference: contradicted.reference,
          status: 'captured',
          reconciliation: 'discrepant',
          totals: { capturedTotal: 12_390 },
          discrepancies: ['outcome_mismatch'],
        },
      ],
      order: { orderId: contradicted.orderId, paid: true, safeToRetry: false },
    },
  },
  {
    name: 'Either name in the URL',
    sentence: 'A be2bill account notified under /dalenys/, and the reverse, once in the query by GET.',
    account: 'page-be2bill',
    steps: [
      { ...be2billNotifies('payment', '0000', underDalenys), via: 'dalenys' },
      {
        ...be2billNotifies('payment', '0000', underBe2bill),
        account: 'shop-dalenys',
        via: 'be2bill',
        sign: { method: 'GET' },
      },
    ],
    expect: {
      transactions: [
        { reference: underDalenys.reference, status: 'captured', reconciliation: 'notification_only' },
        {
          reference: underBe2bill.reference,
          account: 'shop-dalenys',
          status: 'captured',
          reconciliation: 'awaiting_response',
        },
      ],
    },
  },
  {
    name: 'Be2bill: forged and unsigned',
    sentence: 'A raised amount under a real HASH is refused; the true notification still counts.',
    account: 'page-be2bill',
    steps: [
      { ...be2billNotifies('payment', '0000', asked), tamper: true, answers: 401 },
      be2billNotifies('payment', '0000', asked),
    ],
    expect: {
      transactions: [
        {
          reference: asked.reference,
          status: 'captured',
          reconciliation: 'notification_only',
          totals: { capturedTotal: 9_900 },
          events: 1,
        },
      ],
    },
  },
  {
    name: 'Unknown EXECCODE',
    sentence: 'A new code of the 5 family may be money: it is kept, and asking again is not called safe.',
    account: 'page-be2bill',
    steps: [be2billNotifies('payment', '5999', novel)],
    expect: {
      transactions: [
        {
          reference: novel.reference,
          status: 'unrecognized',
          reconciliation: 'notification_only',
          events: 1,
        },
      ],
      order: { orderId: novel.orderId, paid: false, safeToRetry: false },
    },
  },
]
