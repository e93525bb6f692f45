import type { WireFields } from '../../src/providers/provider.ts'

/** Plausible wire fields with invented values; a test states only what it is about. */
export const hipayFields = (fields: WireFields = {}): WireFields => ({
  state: 'completed',
  test: 'true',
  mid: '00001234567',
  transaction_reference: '900000000001',
  date_updated: '2026-04-01T10:00:02+0000',
  status: '118',
  authorized_amount: '50.00',
  captured_amount: '50.00',
  refunded_amount: '0.00',
  decimals: '2',
  currency: 'EUR',
  ...fields,
  order: { id: 'H-1', ...(fields['order'] as WireFields | undefined) },
})

export const be2billFields = (fields: WireFields = {}): WireFields => ({
  IDENTIFIER: 'Demo Shop',
  OPERATIONTYPE: 'payment',
  TRANSACTIONID: 'A1',
  ORDERID: 'B-1',
  EXECCODE: '0000',
  AMOUNT: '12390',
  CURRENCY: 'EUR',
  MESSAGE: 'The transaction has been accepted.',
  ...fields,
})
