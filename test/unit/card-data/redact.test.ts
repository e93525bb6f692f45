import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redact } from '../../../src/card-data/redact.ts'
import { IDENTIFIERS } from '../../support/identifiers.ts'

/** What people are shown of a stored message. */

const shown = (text: string, asReceived = true): string =>
  redact(Buffer.from(text), { identifiers: IDENTIFIERS, asReceived }).toString()

describe('a body that is shown', () => {
  it.each([
    ['a form', 'status=118&customer[email]=ada@example.org&order[firstname]=Ada'],
    ['nested in an address', 'order[shipping_address][line2]=Ada&order[city]=Ada'],
    ['escaped names', 'customer%5Bemail%5D=ada%40example.org&CLIENTADDRESS=Ada'],
    [
      'XML',
      '<notification><email>ada@example.org</email><lastname><![CDATA[Ada]]></lastname></notification>',
    ],
    ['XML that is cut off', '<notification><status>118</status><email>ada@example.org'],
    ['XML with a wrong end', '<notification><lastname>Ada</b><email>ada@example.org</email>'],
    ['JSON that is cut off', '{"status":118,"customer":{"email":"ada@example.org'],
    ['JSON', '{"cardHolder":"Ada","customer":{"email":"ada@example.org","phone":"Ada"}}'],
    ['JSON inside a form', 'cdata1={"firstName":"Ada"}&CLIENTIP=Ada&HASH=Ada&ALIAS=Ada'],
  ])('tells no person and no secret: %s', (_how, text) => {
    expect(shown(text)).not.toMatch(/ada/i)
    expect(shown(text)).toHaveLength(text.length)
  })

  it('shows no card, even where it is stored as it came', () => {
    const text = 'CARDCODE=4111111111111111&CARDCVV=123&note=4111111111111111&HFTOKEN=abcdef'
    expect(shown(text)).toBe('CARDCODE=411111******1111&CARDCVV=***&note=411111******1111&HFTOKEN=******')
  })

  it('shows what an operator looks for', () => {
    const text = 'TRANSACTIONID=A1&ORDERID=O-1&EXECCODE=4001&AMOUNT=1000&MESSAGE=refused&EXTRADATA=mine'
    expect(shown(text)).toBe(text)
  })

  it('replaces no id twice', () => {
    const once = shown('ORDERID=5105105105105100')
    expect(once).not.toContain('5105105105105100')
    expect(shown(once, false)).toBe(once)
  })

  it('is made of any bytes whatever', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, asReceived) => {
        redact(Buffer.from(bytes), { identifiers: IDENTIFIERS, asReceived })
      }),
    )
  })
})
