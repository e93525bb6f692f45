import { createHash } from 'node:crypto'
import type { AccountEntry } from './service.ts'

/**
 * The providers' side, written a second time from their documentation, so that signer and verifier cannot err alike. It is an
 * oracle: it shares nothing with src/providers, nor with what other tests sign with, and stays apart.
 */

export interface Delivery {
  path: string
  headers: Record<string, string>
  body: string
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** HiPay: SHA-256 of the body followed by the passphrase, in a header of its own. */
export function hipayDelivery(
  account: AccountEntry,
  fields: Record<string, string>,
  secret?: string,
): Delivery {
  const body = new URLSearchParams(fields).toString()
  const passphrase = secret ?? account.secrets[0]?.value ?? ''
  const signature = createHash('sha256')
    .update(body + passphrase)
    .digest('hex')
  return {
    path: `/notifications/${account.provider}/${account.account}`,
    headers: { ...FORM, 'X-Allopass-Signature': signature },
    body,
  }
}

export const hipayFields = (reference: string, status: string, orderId: string): Record<string, string> => ({
  state: 'completed',
  test: 'true',
  transaction_reference: reference,
  date_updated: '2026-04-01T10:00:00+0000',
  status,
  message: 'Authorized',
  authorized_amount: '50.00',
  captured_amount: status === '118' ? '50.00' : '0.00',
  refunded_amount: '0.00',
  decimals: '2',
  currency: 'EUR',
  'order[id]': orderId,
  'order[amount]': '50.00',
})

/** Be2bill and Dalenys: SHA-256 over the sorted pairs with the secret before, between and after them, as HASH inside. */
export function be2billDelivery(account: AccountEntry, fields: Record<string, string>): Delivery {
  const secret = account.secrets[0]?.value ?? ''
  const named = { IDENTIFIER: account.identifiers?.[0] ?? '', ...fields }
  const pairs = Object.entries(named).sort(([left], [right]) => (left < right ? -1 : 1))
  const clear = pairs.reduce((text, [name, value]) => `${text}${name}=${value}${secret}`, secret)
  const hash = createHash('sha256').update(clear).digest('hex')
  return {
    path: `/notifications/${account.provider}/${account.account}`,
    headers: FORM,
    body: new URLSearchParams({ ...named, HASH: hash }).toString(),
  }
}

export const be2billFields = (reference: string, orderId: string, execCode = '0000') => ({
  VERSION: '3.0',
  EXECCODE: execCode,
  MESSAGE: 'The transaction has been accepted.',
  OPERATIONTYPE: 'payment',
  TRANSACTIONID: reference,
  ORDERID: orderId,
  AMOUNT: '12390',
  CURRENCY: 'EUR',
})
