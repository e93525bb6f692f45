import { hipayNotifies, later, payment, transaction } from '../samples.ts'
import type { Scenario } from '../scenario.ts'

const repeated = payment('900000000005', 'ORDER-5')
const reordered = payment('900000000006', 'ORDER-6')
const twice = payment('900000000007', 'ORDER-7')
const refunded = payment('900000000008', 'ORDER-8')

/** Deliveries that come twice, late or in another encoding. */
export const repetition: readonly Scenario[] = [
  {
    name: 'Duplicates',
    sentence: 'HiPay delivers the same notification three times; each is acknowledged, one counts.',
    account: 'page-hipay',
    inputs: [{ ...hipayNotifies('118', repeated), times: 3 }],
    expect: {
      transactions: [
        transaction(repeated, 'captured', 'notification_only', { capturedTotal: 5_000, events: 1 }),
      ],
    },
  },
  {
    name: '118 before 116',
    sentence: 'The capture overtakes the authorization; the late notification takes nothing back.',
    account: 'page-hipay',
    inputs: [hipayNotifies('118', later(reordered, 60)), hipayNotifies('116', reordered)],
    expect: {
      transactions: [
        transaction(reordered, 'captured', 'notification_only', {
          authorizedTotal: 5_000,
          capturedTotal: 5_000,
          events: 2,
        }),
      ],
    },
  },
  {
    name: 'XML and form of one fact',
    sentence: 'The same capture in both of HiPay’s spellings is one event, not two captures.',
    account: 'page-hipay',
    inputs: [
      { ...hipayNotifies('118', twice), sign: { encoding: 'xml' } },
      { ...hipayNotifies('118', twice), sign: { encoding: 'form' } },
    ],
    expect: {
      transactions: [
        transaction(twice, 'captured', 'notification_only', { capturedTotal: 5_000, events: 1 }),
      ],
    },
  },
  {
    name: 'Two partial refunds',
    sentence: 'Both say 126, Partially Refunded: two refunds, not one delivered twice.',
    account: 'page-hipay',
    inputs: [
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
        transaction(refunded, 'partially_refunded', 'notification_only', {
          capturedTotal: 5_000,
          refundedTotal: 2_550,
          events: 3,
        }),
      ],
      order: { paid: true, safeToRetry: false },
    },
  },
]
