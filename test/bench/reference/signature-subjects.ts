import type { Account } from '../../../src/providers/account.ts'
import type { NotificationRequest, Provider } from '../../../src/providers/provider.ts'
import { providerOf } from '../../../src/providers/registry.ts'
import { accountNamed } from '../messages/accounts.ts'

/** One that refuses signatures. What has to be made ready for a refusal is made before the clock runs. */
export interface Subject {
  name: string
  /** Hand it a signature that is right but for its first or its last digit. */
  prepare: (wrong: 'first' | 'last') => void
  /** True when it refused. */
  refuse: () => boolean
}

/** The product's own verification, whole: reading, hashing, comparing. */
export const subjects = (): Subject[] => [inHeader(), inBody()]

const NOW = new Date('2026-04-01T12:00:00Z')
const FIELDS = { transaction_reference: '900000000001', status: '118', order: { id: 'H-1' } }

const verifierOf = (account: Account): Provider => {
  const provider = providerOf(account.provider)
  if (!provider) throw new Error(`no adapter for ${account.provider}`)
  return provider
}

/** HiPay: one body, two headers. */
function inHeader(): Subject {
  const account = accountNamed('shop-fr')
  const hipay = verifierOf(account)
  const { body, headers } = hipay.sign(FIELDS, account)
  const [name = '', signature = ''] =
    Object.entries(headers).find(([header]) => /signature/.test(header)) ?? []
  const requests = wrongly((at): NotificationRequest => ({
    method: 'POST',
    query: '',
    headers: { [name]: flipped(signature, at) },
    body,
  }))
  let request = requests.first
  return {
    name: 'hipay',
    prepare: (wrong) => {
      request = requests[wrong]
    },
    refuse: () => !hipay.verify(request, account, NOW).verified,
  }
}

/** Be2bill: one body, in which the signature is written over. */
function inBody(): Subject {
  const account = accountNamed('shop-be')
  const be2bill = verifierOf(account)
  const { body } = be2bill.sign({ EXECCODE: '0000', TRANSACTIONID: 'A1', AMOUNT: '1000' }, account)
  const at = body.indexOf('&HASH=') + '&HASH='.length
  const signature = body.toString('latin1', at)
  const signatures = wrongly((digit) => Buffer.from(flipped(signature, digit), 'latin1'))
  const request: NotificationRequest = { method: 'POST', query: '', headers: {}, body }
  return {
    name: 'be2bill',
    prepare: (wrong) => {
      signatures[wrong].copy(body, at)
    },
    refuse: () => !be2bill.verify(request, account, NOW).verified,
  }
}

/** What must be told apart, or the measurement sees nothing: the product's work, then a comparison that stops early. */
export function leaky(): Subject {
  const honest = inHeader()
  const expected = 'a'.repeat(64)
  const signatures = wrongly((at) => flipped(expected, at))
  let received = signatures.first
  return {
    name: 'hipay, and then a comparison that stops at the first difference',
    prepare: (wrong) => {
      honest.prepare('first')
      received = signatures[wrong]
    },
    refuse: () => honest.refuse() && !equalUpToADifference(expected, received),
  }
}

function equalUpToADifference(expected: string, received: string): boolean {
  for (let at = 0; at < expected.length; at += 1) {
    if (expected.charCodeAt(at) !== received.charCodeAt(at)) return false
  }
  return true
}

const wrongly = <T>(make: (at: 0 | -1) => T): { first: T; last: T } => ({ first: make(0), last: make(-1) })

/** The signature with its first or last hexadecimal digit changed. */
function flipped(signature: string, at: 0 | -1): string {
  const index = at === 0 ? 0 : signature.length - 1
  const other = (parseInt(signature.charAt(index), 16) ^ 1).toString(16)
  return signature.slice(0, index) + other + signature.slice(index + 1)
}
