import type { ResolutionStep, ResponseStep, Scenario } from '../scenario.ts'
import { hipayAnswers, hipayNotifies, later, payment } from '../steps.ts'

const declined = payment('900000000016', 'ORDER-16')
/** Masked like card numbers, the two would be one. */
const numbered = payment('900000000017', '5123450005678')
const neighbour = payment('900000000018', '5123450185678')
const first = payment('900000000019', 'ORDER-19')
const small = payment('900000000020', 'ORDER-19', { amount: 500 })
const large = payment('900000000021', 'ORDER-19', { amount: 9_900 })
const kept = payment('900000000022', 'ORDER-22')
const refund = { refunded: 2_000, captured: 5_000 }

const cutOff: ResponseStep = {
  send: 'response',
  says: 'payment, cut off after 30 s',
  forwarding: {
    orderId: declined.orderId,
    operation: 'payment',
    operationId: 'second-try',
    amount: declined.amount,
    currency: declined.currency,
    error: 'timeout',
    requestedAt: later(declined, 300).at.toISOString(),
    receivedAt: later(declined, 330).at.toISOString(),
  },
  answers: 202,
}

const closesDuplicate: ResolutionStep = {
  send: 'resolution',
  says: 'an operator: the 5.00 are meant',
  orderId: first.orderId,
  class: 'duplicate_payment',
  note: 'The customer bought a gift card of 5.00 as well.',
  answers: 200,
}

function refundAnswered(): ResponseStep {
  const { forwarding, ...step } = hipayAnswers('124', later(kept, 60), refund)
  const call = {
    operation: 'refund',
    operationId: 'refund-1',
    parentReference: kept.reference,
    amount: 2_000,
  }
  return {
    ...step,
    forwarding: { ...forwarding, ...call, body: { ...forwarding.body, operation: 'refund' } },
  }
}

const refundOperation = { type: 'refund', id: 'refund-1', reference: '810000000003', amount: 2_000 }

/** What makes a second payment dangerous, and whom a refusal or an operator's word is about. */
export const retries: readonly Scenario[] = [
  {
    name: 'Cut off after a decline',
    sentence:
      'The old refusal is no answer to the second call: until that one is known, a third may charge twice.',
    account: 'shop-hipay',
    steps: [hipayAnswers('113', declined), hipayNotifies('113', declined), cutOff],
    expect: {
      transactions: [{ reference: declined.reference, status: 'declined', reconciliation: 'matched' }],
      order: { orderId: declined.orderId, paid: false, safeToRetry: false },
    },
  },
  {
    name: 'Numeric order ids',
    sentence: 'Two ids look like card numbers with one mask: they stay two orders, and each is paid once.',
    account: 'page-hipay',
    steps: [hipayNotifies('118', numbered), hipayNotifies('118', later(neighbour, 30))],
    expect: {
      transactions: [
        { reference: numbered.reference, status: 'captured', reconciliation: 'notification_only' },
        { reference: neighbour.reference, status: 'captured', reconciliation: 'notification_only' },
      ],
      order: { orderId: neighbour.orderId, paid: true, safeToRetry: false, discrepancies: [] },
    },
  },
  {
    name: 'Operator’s word outgrown',
    sentence: 'An operator closes a second payment of 5.00; a third one of 99.00 was not meant by that.',
    account: 'page-hipay',
    steps: [
      hipayNotifies('118', first),
      hipayNotifies('118', later(small, 30)),
      closesDuplicate,
      hipayNotifies('118', later(large, 60)),
    ],
    expect: {
      transactions: [first, small, large].map(({ reference }) => ({
        reference,
        status: 'captured',
        reconciliation: 'discrepant',
      })),
      order: {
        orderId: first.orderId,
        paid: true,
        safeToRetry: false,
        discrepancies: ['duplicate_payment'],
        reopened: ['duplicate_payment'],
      },
    },
  },
  {
    name: 'Refund refused, unnamed',
    sentence:
      'The refusal names no operation: it answers the only refund that is open, and nothing is awaited.',
    account: 'shop-hipay',
    steps: [
      hipayAnswers('118', kept),
      hipayNotifies('118', kept),
      refundAnswered(),
      hipayNotifies('124', later(kept, 60), { ...refund, operation: refundOperation }),
      hipayNotifies('165', later(kept, 120), { captured: 5_000, refunded: 0 }),
    ],
    expect: {
      transactions: [
        {
          reference: kept.reference,
          status: 'captured',
          reconciliation: 'matched',
          totals: { capturedTotal: 5_000, refundedTotal: 0 },
        },
      ],
      order: { orderId: kept.orderId, paid: true, safeToRetry: false },
    },
  },
]
