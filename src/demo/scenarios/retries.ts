import { hipayAnswers, hipayNotifies, later, payment, transaction } from '../samples.ts'
import type { ResponseInput, Scenario } from '../scenario.ts'

const declined = payment('900000000016', 'ORDER-16')
/** Masked like card numbers, the two would be one. */
const numbered = payment('900000000017', '5123450005678')
const neighbour = payment('900000000018', '5123450185678')
const first = payment('900000000019', 'ORDER-19')
const small = payment('900000000020', 'ORDER-19', { amount: 500 })
const large = payment('900000000021', 'ORDER-19', { amount: 9_900 })
const kept = payment('900000000022', 'ORDER-22')
const refund = { refunded: 2_000, captured: 5_000 }
const refundOperation = { type: 'refund', id: 'refund-1', reference: '810000000003', amount: 2_000 }

/** A second call for the declined order that the shop gave up after thirty seconds. */
const cutOff: ResponseInput = {
  kind: 'response',
  envelope: {
    orderId: declined.orderId,
    operation: 'payment',
    operationId: 'second-try',
    amount: declined.amount,
    currency: declined.currency,
    requestedAt: later(declined, 300).at.toISOString(),
    receivedAt: later(declined, 330).at.toISOString(),
  },
  error: 'timeout',
}

function refundAnswered(): ResponseInput {
  const { envelope, body } = hipayAnswers('124', later(kept, 60), refund)
  const call = {
    operation: 'refund',
    operationId: 'refund-1',
    parentReference: kept.reference,
    amount: 2_000,
  }
  return { kind: 'response', envelope: { ...envelope, ...call }, body: { ...body, operation: 'refund' } }
}

/** What makes a second payment dangerous, and which call a refusal or a resolution is about. */
export const retries: readonly Scenario[] = [
  {
    name: 'Cut off after a decline',
    sentence:
      'The old refusal is no answer to the second call: until that one is known, a third may charge twice.',
    account: 'shop-hipay',
    inputs: [hipayAnswers('113', declined), hipayNotifies('113', declined), cutOff],
    expect: {
      transactions: [transaction(declined, 'declined', 'matched')],
      order: { paid: false, safeToRetry: false },
    },
  },
  {
    name: 'Numeric order ids',
    sentence: 'Two ids look like card numbers with one mask: they stay two orders, and each is paid once.',
    account: 'page-hipay',
    inputs: [hipayNotifies('118', numbered), hipayNotifies('118', later(neighbour, 30))],
    expect: {
      transactions: [
        transaction(numbered, 'captured', 'notification_only'),
        transaction(neighbour, 'captured', 'notification_only'),
      ],
      order: { orderId: neighbour.orderId, paid: true, safeToRetry: false },
    },
  },
  {
    name: 'Resolution outgrown',
    sentence: 'An operator closes a second payment of 5.00; a third one of 99.00 was not meant by that.',
    account: 'page-hipay',
    inputs: [
      hipayNotifies('118', first),
      hipayNotifies('118', later(small, 30)),
      {
        kind: 'resolution',
        orderId: first.orderId,
        class: 'duplicate_payment',
        note: 'The customer bought a gift card of 5.00 as well.',
      },
      hipayNotifies('118', later(large, 60)),
    ],
    expect: {
      transactions: [first, small, large].map((one) => transaction(one, 'captured', 'discrepant')),
      order: { paid: true, safeToRetry: false, reopened: ['duplicate_payment'] },
      discrepancies: ['duplicate_payment'],
    },
  },
  {
    name: 'Refund refused, unnamed',
    sentence:
      'The refusal names no operation: it answers the only refund that is open, and nothing is awaited.',
    account: 'shop-hipay',
    inputs: [
      hipayAnswers('118', kept),
      hipayNotifies('118', kept),
      refundAnswered(),
      hipayNotifies('124', later(kept, 60), { ...refund, operation: refundOperation }),
      hipayNotifies('165', later(kept, 120), { captured: 5_000, refunded: 0 }),
    ],
    expect: {
      transactions: [transaction(kept, 'captured', 'matched', { capturedTotal: 5_000, refundedTotal: 0 })],
      order: { paid: true, safeToRetry: false },
    },
  },
]
