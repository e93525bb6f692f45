import type { Scenario } from '../scenario.ts'
import { be2billAnswers, be2billNotifies, hipayAnswers, hipayNotifies, later, payment } from '../steps.ts'

const first = payment('900000000001', 'ORDER-1')
const second = payment('900000000002', 'ORDER-2')
const onlyAnswered = payment('900000000003', 'ORDER-3')
const onlyNotified = payment('900000000004', 'ORDER-4')
const plain = payment('A200000001', 'ORDER-101', { amount: 12_390 })
const dalenys = payment('A200000002', 'ORDER-102', { amount: 4_500 })
const slowBank = payment('A200000003', 'ORDER-103', { amount: 12_390 })

const awaitingNotification = { status: 'authorized', reconciliation: 'awaiting_notification' } as const
const awaitingResponse = { status: 'authorized', reconciliation: 'awaiting_response' } as const

/** How the two witnesses of a payment meet: either first, or one alone. */
export const meeting: readonly Scenario[] = [
  {
    name: 'Response first',
    sentence: 'The shop forwards the answer to its call; the notification confirms it a moment later.',
    account: 'shop-hipay',
    steps: [
      {
        ...hipayAnswers('116', first),
        leadsTo: { reference: first.reference, ...awaitingNotification },
      },
      hipayNotifies('116', first),
    ],
    expect: {
      transactions: [
        {
          reference: first.reference,
          status: 'authorized',
          reconciliation: 'matched',
          totals: { authorizedTotal: 5_000, capturedTotal: 0, refundedTotal: 0 },
        },
      ],
      order: { orderId: first.orderId, paid: false, safeToRetry: false },
    },
  },
  {
    name: 'Notification first',
    sentence: 'The notification is faster than the shop; what is believed in the end is the same.',
    account: 'shop-hipay',
    steps: [
      { ...hipayNotifies('116', second), leadsTo: { reference: second.reference, ...awaitingResponse } },
      hipayAnswers('116', second),
    ],
    expect: {
      transactions: [
        {
          reference: second.reference,
          status: 'authorized',
          reconciliation: 'matched',
          totals: { authorizedTotal: 5_000, capturedTotal: 0, refundedTotal: 0 },
        },
      ],
    },
  },
  {
    name: 'Only a response',
    sentence: 'The notification is lost: the money counts as the answer says, and is still awaited.',
    account: 'shop-hipay',
    steps: [hipayAnswers('118', onlyAnswered)],
    expect: {
      transactions: [
        {
          reference: onlyAnswered.reference,
          status: 'captured',
          reconciliation: 'awaiting_notification',
          totals: { capturedTotal: 5_000 },
        },
      ],
      order: { orderId: onlyAnswered.orderId, paid: true, safeToRetry: false },
    },
  },
  {
    name: 'Only a notification',
    sentence: 'A payment page: the shop never saw an answer, none is due, and no alarm is raised.',
    account: 'page-hipay',
    steps: [hipayNotifies('116', onlyNotified), hipayNotifies('118', later(onlyNotified, 60))],
    expect: {
      transactions: [
        {
          reference: onlyNotified.reference,
          status: 'captured',
          reconciliation: 'notification_only',
          totals: { authorizedTotal: 5_000, capturedTotal: 5_000, refundedTotal: 0 },
        },
      ],
      order: { orderId: onlyNotified.orderId, paid: true, safeToRetry: false },
    },
  },
  {
    name: 'Be2bill answers first',
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
    name: 'Dalenys notifies first',
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
    sentence: 'The bank did not answer in time: until it does, the shop may not ask for the money again.',
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
]
