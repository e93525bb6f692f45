import type { ByteText } from '../../lib/byte-text.ts'
import { bytesOfText, escaped } from '../../lib/byte-text.ts'
import { signingSecret, type Account } from '../account.ts'
import type { SignedRequest, SignOptions, WireFields } from '../provider.ts'
import { parseParameters } from './payload.ts'
import { hashOf, secretsFor, signedParameters } from './signature.ts'

const FORM = 'application/x-www-form-urlencoded'

/**
 * Build a notification as the platform would send it: brackets for nested fields, HASH last. A missing IDENTIFIER is
 * the account's first one. Throws on what the platform cannot send: XML, a secret that does not exist.
 */
export function sign(fields: WireFields, account: Account, options: SignOptions = {}): SignedRequest {
  if (options.encoding === 'xml') throw new TypeError('Be2bill and Dalenys notify in forms only')
  const [identifier = ''] = account.identifiers
  const named: WireFields & { IDENTIFIER: string | WireFields } = { IDENTIFIER: identifier, ...fields }
  const text = encode(Object.fromEntries(Object.entries(named).filter(([name]) => name !== 'HASH')))
  const signed = signedParameters(parseParameters(text))
  const usable = secretsFor(account, typeof named.IDENTIFIER === 'string' ? named.IDENTIFIER : '')
  const secret = signingSecret(account, usable, options.secretId)
  const set = `${text}&HASH=${hashOf(signed, secret.value)}`
  if (options.method === 'GET') return { method: 'GET', query: set, headers: {}, body: Buffer.alloc(0) }
  return { method: 'POST', query: '', headers: { 'content-type': FORM }, body: Buffer.from(set, 'latin1') }
}

function encode(fields: WireFields, prefix = ''): ByteText {
  return Object.entries(fields)
    .map(([key, value]) => {
      const name = prefix === '' ? key : `${prefix}[${key}]`
      return typeof value === 'string'
        ? `${escaped(bytesOfText(name))}=${escaped(bytesOfText(value))}`
        : encode(value, name)
    })
    .filter((pair) => pair !== '')
    .join('&')
}
