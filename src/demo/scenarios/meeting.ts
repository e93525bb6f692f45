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

const first = payment('900000000001', 'ORDER-1')
const second = payment('900000000002', 'ORDER-2')
const onlyAnswered = payment('900000000003', 'ORDER-3')
const onlyNotified = payment('900000000004', 'ORDER-4')
const plain = payment('A200000001', 'ORDER-101', { amount: 12_390 })
const dalenys = payment('A200000002', 'ORDER-102', { amount: 4_500 })
const slowBank = payment('A200000003', 'ORDER-103', { amount: 12_390 })

const authorized = { authorizedTotal: 5_000, capturedTotal: 0, refundedTotal: 0 }
const captured = { authorizedTotal: 5_000, capturedTotal: 5_000, refundedTotal: 0 }
const capturedPlain = { authorizedTotal: 12_390, capturedTotal: 12_390, refundedTotal: 0 }

/** How the response and the notification of a payment meet: either first, or one alone. */
export const meeting: readonly Scenario[] = [
  {
    name: 'Response first',
    sentence: 'The shop forwards the answer to its call; the notification confirms it a moment later.',
    account: 'shop-hipay',
    inputs: [
      { ...hipayAnswers('116', first), leadsTo: transaction(first, 'authorized', 'awaiting_notification') },
      hipayNotifies('116', first),
    ],
    expect: {
      transactions: [transaction(first, 'authorized', 'matched', authorized)],
      order: { paid: false, safeToRetry: false },
    },
  },
  {
    name: 'Notification first',
    sentence: 'The notification is faster than the shop; the state in the end is the same.',
    account: 'shop-hipay',
    inputs: [
      { ...hipayNotifies('116', second), leadsTo: transaction(second, 'authorized', 'awaiting_response') },
      hipayAnswers('116', second),
    ],
    expect: { transactions: [transaction(second, 'authorized', 'matched', authorized)] },
  },
  {
    name: 'Only a response',
    sentence: 'The notification is lost: the money counts as the answer says, and is still awaited.',
    account: 'shop-hipay',
    inputs: [hipayAnswers('118', onlyAnswered)],
    expect: {
      transactions: [
        transaction(onlyAnswered, 'captured', 'awaiting_notification', { capturedTotal: 5_000 }),
      ],
      order: { paid: true, safeToRetry: false },
    },
  },
  {
    name: 'Only a notification',
    sentence: 'A payment page: the shop never saw an answer, none is due, and no alarm is raised.',
    account: 'page-hipay',
    inputs: [hipayNotifies('116', onlyNotified), hipayNotifies('118', later(onlyNotified, 60))],
    expect: {
      transactions: [transaction(onlyNotified, 'captured', 'notification_only', captured)],
      order: { paid: true, safeToRetry: false },
    },
  },
  {
    name: 'Be2bill answers first',
    sentence: 'The answer hardly says more than its code; what was asked for comes from the shop.',
    account: 'shop-be2bill',
    inputs: [
      {
        ...be2billAnswers('payment', '0000', plain),
        leadsTo: transaction(plain, 'captured', 'awaiting_notification'),
      },
      be2billNotifies('payment', '0000', plain),
    ],
    expect: {
      transactions: [transaction(plain, 'captured', 'matched', capturedPlain)],
      order: { paid: true, safeToRetry: false },
    },
  },
  {
    name: 'Dalenys notifies first',
    sentence: 'The same protocol under its newer name: the notification comes before the shop’s answer.',
    account: 'shop-dalenys',
    inputs: [
      {
        ...be2billNotifies('payment', '0000', dalenys),
        leadsTo: transaction(dalenys, 'captured', 'awaiting_response'),
      },
      be2billAnswers('payment', '0000', dalenys),
    ],
    expect: { transactions: [transaction(dalenys, 'captured', 'matched', { capturedTotal: 4_500 })] },
  },
  {
    name: '5004, then success',
    sentence: 'The bank did not answer in time: until it does, the shop may not ask for the money again.',
    account: 'shop-be2bill',
    inputs: [
      {
        ...be2billAnswers('payment', '5004', slowBank),
        leadsTo: transaction(slowBank, 'pending', 'awaiting_notification'),
      },
      be2billNotifies('payment', '0000', slowBank),
    ],
    expect: {
      transactions: [transaction(slowBank, 'captured', 'matched', { capturedTotal: 12_390 })],
      order: { paid: true, safeToRetry: false },
    },
  },
]
