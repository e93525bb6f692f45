import type { TransactionEvent } from './transaction-event.ts'

/** Who said it, about whose account, and when we heard it. */
export type EventSource = Pick<TransactionEvent, 'provider' | 'account' | 'witness' | 'receivedAt'>

/** An event that states nothing but its source: an adapter fills in what its message says. */
export function blankEvent({ provider, account, witness, receivedAt }: EventSource): TransactionEvent {
  return {
    provider,
    account,
    witness,
    type: 'unrecognized',
    reference: null,
    parentReference: null,
    orderId: null,
    operationId: null,
    operationReference: null,
    operation: null,
    statesAuthorization: false,
    channel: null,
    lookup: false,
    otherPayment: false,
    amount: null,
    authorizedTotal: null,
    capturedTotal: null,
    refundedTotal: null,
    currency: null,
    invalidAmounts: [],
    providerCode: null,
    providerState: null,
    providerMessage: null,
    reason: null,
    occurredAt: null,
    createdAt: null,
    operationAt: null,
    requestedAt: null,
    answeredAt: null,
    receivedAt,
    test: null,
    merchantId: null,
    paymentMethod: null,
    threeDSecure: null,
    fraud: null,
    customer: null,
    schedule: null,
    chargeback: null,
    custom: {},
    extra: {},
  }
}
