import { referenceTest } from '../provider.ts'
import type { Account } from '../account.ts'
import type { NotificationRequest, Provider, Verification } from '../provider.ts'
import { carrierOf } from './carrier.ts'
import { CHARGEBACK_FIELDS } from './chargeback.ts'
import { operationOf } from './event.ts'
import { diagnose } from './diagnose.ts'
import type { ParameterSet } from './payload.ts'
import { valueOf } from './payload.ts'
import { translateResponse } from './translate-response.ts'
import { sign } from './sign.ts'
import { canonicalOf, verifySet } from './signature.ts'
import { translate } from './translate.ts'

/** Be2bill, renamed Dalenys: one protocol under two names. Quirks and sources: README.md. */
export const be2bill: Provider = {
  names: ['be2bill', 'dalenys'],
  accountsDifferBy: 'identifiers',
  // Messages name the IDENTIFIER instead, which may be any text.
  merchantIdOf: (text) => text,
  isReference: referenceTest(/^(?=.*[1-9])[\w-]{2,64}$/),
  methods: ['GET', 'POST'],
  signatureIn: { parameter: 'HASH' },
  translationVersion: 1,
  acknowledgement: 'OK',
  verify,
  diagnose,
  translate,
  translateResponse,
  operationOf,
  sign,
}

function verify(request: NotificationRequest, account: Account, now: Date): Verification {
  const { set, content } = carrierOf(request, account)
  const plausible = isPlausible(set)
  const rejected = { verified: false, plausible, content, signature: null } as const
  if (!set.names.has('HASH')) return { ...rejected, reason: 'signature_missing' }
  const verdict = verifySet(set, account, now)
  if (verdict.matched === null) return { ...rejected, reason: verdict.reason }
  const canonical = canonicalOf(verdict.signed)
  const reference = valueOf(set, 'TRANSACTIONID') ?? ''
  return { verified: true, secretId: verdict.matched.id, canonical, reference, content }
}

/** Whether it has the platform's own field names: then it is kept as evidence although its signature is not valid. */
function isPlausible({ names }: ParameterSet): boolean {
  return (
    ['IDENTIFIER', 'HASH'].every((name) => names.has(name)) &&
    ['EXECCODE', ...CHARGEBACK_FIELDS].some((name) => names.has(name))
  )
}
