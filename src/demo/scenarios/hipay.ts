import type { Scenario } from '../scenario.ts'
import { hipayAnswers, hipayNotifies, later, payment } from '../steps.ts'

const first = payment('900000000001', 'ORDER-1')
const second = payment('900000000002', 'ORDER-2')
const onlyAnswered = payment('900000000003', 'ORDER-3')
const onlyNotified = payment('900000000004', 'ORDER-4')
const repeated = payment('900000000005', 'ORDER-5')
const reordered = payment('900000000006', 'ORDER-6')
const twice = payment('900000000007', 'ORDER-7')
const refunded = payment('900000000008', 'ORDER-8')
const contradicted = payment('900000000009', 'ORDER-9')
const shortened = payment('900000000010', 'ORDER-10')
const paidOnce = payment('900000000011', 'ORDER-11')
const paidAgain = payment('900000000012', 'ORDER-11')
const forged = payment('900000000013', 'ORDER-13')
const rotated = payment('900000000014', 'ORDER-14')
const novel = payment('900000000015', 'ORDER-15')

const awaitingNotification = { status: 'authorized', reconciliation: 'awaiting_notification' } as const
const awaitingResponse = { status: 'authorized', reconciliation: 'awaiting_response' } as const

export const hipayScenarios: readonly Scenario[] = [
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
    sentence: 'A payment page: the shop never saw an answer, none is due, and nobody is alarmed.',
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
    name: 'Duplicates',
    sentence: 'HiPay delivers the same notification three times; each is acknowledged, one counts.',
    account: 'page-hipay',
    steps: [{ ...hipayNotifies('118', repeated), times: 3 }],
    expect: {
      transactions: [
        {
          reference: repeated.reference,
          status: 'captured',
          reconciliation: 'notification_only',
          totals: { capturedTotal: 5_000 },
          events: 1,
        },
      ],
    },
  },
  {
    name: '118 before 116',
    sentence: 'The capture overtakes the authorization; the late word takes nothing back.',
    account: 'page-hipay',
    steps: [hipayNotifies('118', later(reordered, 60)), hipayNotifies('116', reordered)],
    expect: {
      transactions: [
        {
          reference: reordered.reference,
          status: 'captured',
          reconciliation: 'notification_only',
          totals: { authorizedTotal: 5_000, capturedTotal: 5_000 },
          events: 2,
        },
      ],
    },
  },
  {
    name: 'XML and form of one fact',
    sentence: 'The same capture in both of HiPay’s spellings is one event, not two captures.',
    account: 'page-hipay',
    steps: [
      { ...hipayNotifies('118', twice), sign: { encoding: 'xml' } },
      { ...hipayNotifies('118', twice), sign: { encoding: 'form' } },
    ],
    expect: {
      transactions: [
        {
          reference: twice.reference,
          status: 'captured',
          reconciliation: 'notification_only',
          totals: { capturedTotal: 5_000 },
          events: 1,
        },
      ],
    },
  },
  {
    name: 'Two partial refunds',
    sentence: 'Both say 126, Partially Refunded: two refunds, not one delivered twice.',
    account: 'page-hipay',
    steps: [
      hipayNotifies('118', refunded),
      hipayNotifies('126', later(refunded, 60), {
        refunded: 1_000,
        operation: { type: 'refund', id: 'refund-1', reference: '810000000001', amount: 1_000 },
      }),
      hipayNotifies('126', later(refunded, 120), {
        refunded: 2_550,
        operation: { type: 'refund', id: 'refund-2', reference: '810000000002', amount: 1_550 },
      }),
    ],
    expect: {
      transactions: [
        {
          reference: refunded.reference,
          status: 'partially_refunded',
          reconciliation: 'notification_only',
          totals: { capturedTotal: 5_000, refundedTotal: 2_550 },
          events: 3,
        },
      ],
      order: { orderId: refunded.orderId, paid: true, safeToRetry: false },
    },
  },
  {
    name: 'Captured, then notified declined',
    sentence: 'The answer promised money, the notification says no: not paid, and not safe to ask again.',
    account: 'shop-hipay',
    steps: [hipayAnswers('118', contradicted), hipayNotifies('113', later(contradicted, 5))],
    expect: {
      transactions: [
        {
          reference: contradicted.reference,
          status: 'declined',
          reconciliation: 'discrepant',
          discrepancies: ['outcome_mismatch'],
        },
      ],
      order: { orderId: contradicted.orderId, paid: false, safeToRetry: false },
    },
  },
  {
    name: 'Amount mismatch',
    sentence: 'The answer authorized 50.00, the notification 5.00: the lower word counts, the gap is named.',
    account: 'shop-hipay',
    steps: [hipayAnswers('116', shortened), hipayNotifies('116', shortened, { authorized: 500 })],
    expect: {
      transactions: [
        {
          reference: shortened.reference,
          status: 'authorized',
          reconciliation: 'discrepant',
          totals: { authorizedTotal: 500 },
          discrepancies: ['amount_mismatch'],
        },
      ],
    },
  },
  {
    name: 'One order paid twice',
    sentence: 'Two different payments of one order both succeeded: one of them has to go back.',
    account: 'page-hipay',
    steps: [hipayNotifies('118', paidOnce), hipayNotifies('118', later(paidAgain, 30))],
    expect: {
      transactions: [
        { reference: paidOnce.reference, status: 'captured', reconciliation: 'discrepant' },
        { reference: paidAgain.reference, status: 'captured', reconciliation: 'discrepant' },
      ],
      order: {
        orderId: paidOnce.orderId,
        paid: true,
        safeToRetry: false,
        discrepancies: ['duplicate_payment'],
      },
    },
  },
  {
    name: 'Forged signature',
    sentence:
      'Somebody raises the amount under a real signature, somebody else signs nothing: neither counts.',
    account: 'page-hipay',
    steps: [
      { ...hipayNotifies('118', forged), tamper: true, answers: 401 },
      {
        send: 'raw',
        says: 'unsigned, status 118',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `transaction_reference=${forged.reference}&status=118&captured_amount=50.00&currency=EUR`,
        answers: 401,
      },
    ],
    expect: { transactions: [], unknown: [forged.reference] },
  },
  {
    name: 'Rotated secret',
    sentence: 'During a change both passphrases count; one that has expired does not.',
    account: 'rotating-hipay',
    steps: [
      { ...hipayNotifies('116', rotated), sign: { secretId: 'former' } },
      { ...hipayNotifies('118', later(rotated, 60)), sign: { secretId: 'new' } },
      { ...hipayNotifies('125', later(rotated, 120)), sign: { secretId: 'expired' }, answers: 401 },
    ],
    expect: {
      transactions: [
        {
          reference: rotated.reference,
          status: 'captured',
          reconciliation: 'notification_only',
          totals: { capturedTotal: 5_000, refundedTotal: 0 },
          events: 2,
        },
      ],
    },
  },
  {
    name: 'Unknown status code',
    sentence: 'A code that HiPay has not published yet is acknowledged, kept and shown.',
    account: 'page-hipay',
    steps: [hipayNotifies('199', novel)],
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
