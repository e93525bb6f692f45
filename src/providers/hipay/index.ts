import { signingSecret } from '../account.ts'
import { referenceTest } from '../provider.ts'
import type { Account } from '../account.ts'
import type { Provider, SignOptions, SignedRequest, WireFields } from '../provider.ts'
import { operationOf } from './codes.ts'
import { diagnose } from './diagnose.ts'
import { encodeForm, encodeXml } from './encode.ts'
import { padMerchantId } from './merchant-id.ts'
import { SIGNATURE_HEADER, signatureOf, verifyNotification } from './signature.ts'
import { translateAnswer } from './translate-response.ts'
import { translateNotification } from './translate.ts'

/** HiPay Enterprise: XML and form notifications, JSON and XML answers. Quirks and sources: README.md in this folder. */
export const hipay: Provider = {
  names: ['hipay'],
  accountsDifferBy: 'merchantIds',
  merchantIdOf: (text) => (/^\d{1,11}$/.test(text) ? padMerchantId(text) : null),
  isReference: referenceTest(/^(?=.*[1-9])\d{6}[\w-]*$/),
  methods: ['POST'],
  signatureIn: { header: SIGNATURE_HEADER },
  translationVersion: 1,
  acknowledgement: 'OK',
  verify: verifyNotification,
  diagnose,
  translate: translateNotification,
  translateResponse: translateAnswer,
  operationOf,
  sign,
}

const CONTENT_TYPES = { form: 'application/x-www-form-urlencoded', xml: 'text/xml; charset=UTF-8' } as const

/** A notification as HiPay would post it. Throws `TypeError` when the account has no secret of that id. */
function sign(fields: WireFields, account: Account, options: SignOptions = {}): SignedRequest {
  const encoding = options.encoding ?? 'form'
  const body = Buffer.from(encoding === 'xml' ? encodeXml(fields) : encodeForm(fields), 'utf8')
  return {
    method: 'POST',
    query: '',
    headers: {
      'content-type': CONTENT_TYPES[encoding],
      'user-agent': 'Allopass',
      [SIGNATURE_HEADER]: signatureOf(body, signingSecret(account, account.secrets, options.secretId)),
    },
    body,
  }
}
