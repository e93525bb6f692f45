import { describe, expect, test } from 'vitest'
import { hipay } from '../../../../src/providers/hipay/index.ts'
import type { Translation } from '../../../../src/providers/provider.ts'
import { accountWith, NOW, secret } from '../hipay/account.ts'

/** XML that wants its reader to open files, to grow without end, or to see another document than the signer did. */

const ACCOUNT = accountWith(secret())
const PAID = '<transaction_reference>9</transaction_reference><status>118</status>'

const translate = (content: string | Buffer): Translation =>
  hipay.translate({ content: Buffer.from(content as string), receivedAt: NOW }, ACCOUNT)
const answered = (content: string | Buffer): Translation =>
  hipay.translateResponse({ content: Buffer.from(content as string), envelope: {}, receivedAt: NOW }, ACCOUNT)

const DOCTYPE = 'the XML carries a document type or an instruction'
const NOT_WELL_FORMED = 'the XML is not well-formed'
const ENCODING = 'the XML declares an encoding other than UTF-8'
const UTF_16 = 'the body is UTF-16; HiPay sends UTF-8'
const NOTHING = 'the body is neither XML, JSON nor a form'

const laughs = Array.from(
  { length: 9 },
  (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`,
)
const inUtf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')
const inUtf32 = (text: string): Buffer =>
  Buffer.from(Uint32Array.from(Array.from(text, (letter) => letter.codePointAt(0) ?? 0)).buffer)

describe('is refused', () => {
  test.each([
    [
      'an entity from a file',
      `<!DOCTYPE n [<!ENTITY x SYSTEM "file:///etc/passwd">]><n>${PAID}<message>&x;</message></n>`,
      DOCTYPE,
    ],
    [
      'an entity from the network',
      `<!DOCTYPE n [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]><n>${PAID}<message>&x;</message></n>`,
      DOCTYPE,
    ],
    [
      'an entity by a public name',
      `<!DOCTYPE n [<!ENTITY x PUBLIC "-//x" "http://127.0.0.1:1/">]><n>${PAID}&x;</n>`,
      DOCTYPE,
    ],
    [
      'an entity that is not parsed',
      `<!DOCTYPE n [<!NOTATION g SYSTEM "g"><!ENTITY x SYSTEM "file:///x" NDATA g>]><n>${PAID}</n>`,
      DOCTYPE,
    ],
    [
      'a parameter entity',
      `<!DOCTYPE n [<!ENTITY % x SYSTEM "http://127.0.0.1:1/"> %x;]><n>${PAID}</n>`,
      DOCTYPE,
    ],
    [
      'parameter entities in one another',
      `<!DOCTYPE n [<!ENTITY % a "<!ENTITY &#x25; b SYSTEM 'file:///x'>"> %a; %b;]><n>${PAID}</n>`,
      DOCTYPE,
    ],
    ['a document type elsewhere', `<!DOCTYPE n SYSTEM "http://127.0.0.1:1/n.dtd"><n>${PAID}</n>`, DOCTYPE],
    ['a document type without anything', `<!DOCTYPE n><n>${PAID}</n>`, DOCTYPE],
    ['defaults for attributes', `<!DOCTYPE n [<!ATTLIST n status CDATA "118">]><n>${PAID}</n>`, DOCTYPE],
    [
      'an entity that replaces the status',
      `<!DOCTYPE n [<!ENTITY x "118">]><n><transaction_reference>9</transaction_reference><status>&x;</status></n>`,
      DOCTYPE,
    ],
    [
      'a billion laughs',
      `<!DOCTYPE n [<!ENTITY l0 "lol">${laughs.join('')}]><n>${PAID}<message>&l9;</message></n>`,
      DOCTYPE,
    ],
    ['a style sheet', `<?xml-stylesheet href="http://127.0.0.1:1/"?><n>${PAID}</n>`, DOCTYPE],
    ['an instruction inside', `<n>${PAID}<?php system('id'); ?></n>`, DOCTYPE],
    ['a document type behind the root', `<n>${PAID}</n><!DOCTYPE n>`, NOT_WELL_FORMED],
    ['a document type inside the root', `<n><!DOCTYPE n>${PAID}</n>`, NOT_WELL_FORMED],
    ['a document type in small letters', `<!doctype n><n>${PAID}</n>`, NOT_WELL_FORMED],
    ['a second root', `<n>${PAID}</n><n/>`, NOT_WELL_FORMED],
    ['an element that ends as another', `<n>${PAID}<a></b></n>`, NOT_WELL_FORMED],
    ['elements that cross', `<n>${PAID}<a><b></a></b></n>`, NOT_WELL_FORMED],
    ['an attribute twice', `<n a="1" a="2">${PAID}</n>`, NOT_WELL_FORMED],
    ['an attribute without quotes', `<n a=1>${PAID}</n>`, NOT_WELL_FORMED],
    ['a prefix that means nothing', `<n>${PAID}<x:status>113</x:status></n>`, NOT_WELL_FORMED],
    ['CDATA in CDATA', `<n>${PAID}<a><![CDATA[<![CDATA[x]]>]]></a></n>`, NOT_WELL_FORMED],
    ['a comment in a comment', `<n>${PAID}<!-- <!-- --> --></n>`, NOT_WELL_FORMED],
    ['UTF-7', '<?xml version="1.0" encoding="UTF-7"?>+ADw-n+AD4-', ENCODING],
    ['UTF-7 that is not declared', `+ADw-n+AD4-${PAID}`, NOTHING],
    ['UTF-16 that is none', `<?xml version="1.0" encoding="UTF-16"?><n>${PAID}</n>`, ENCODING],
    ['an encoding of nowhere', `<?xml version="1.0" encoding="x-user-defined"?><n>${PAID}</n>`, ENCODING],
    [
      'an encoding called like a property',
      `<?xml version="1.0" encoding="constructor"?><n>${PAID}</n>`,
      ENCODING,
    ],
    ['two encodings', `\ufeff<?xml version="1.0" encoding="iso-8859-1"?><n>${PAID}</n>`, ENCODING],
    ['two byte order marks', `\ufeff\ufeff<n>${PAID}</n>`, NOTHING],
    ['EBCDIC', Buffer.from('4c6fa7949340a58599a28996957e7ff14bf07f6f6e4c956e4c61956e', 'hex'), NOTHING],
    ['UTF-16 with a mark', inUtf16(`\ufeff<n>${PAID}</n>`), UTF_16],
    ['UTF-16 with the other mark', inUtf16(`\ufeff<n>${PAID}</n>`).swap16(), UTF_16],
    ['UTF-16 without one', inUtf16(`<n>${PAID}</n>`), NOT_WELL_FORMED],
    ['UTF-16 without one, the other way round', inUtf16(`<n>${PAID}</n>`).swap16(), NOTHING],
    ['UTF-32', inUtf32(`<n>${PAID}</n>`), NOT_WELL_FORMED],
    ['UTF-32 with a mark', inUtf32(`\ufeff<n>${PAID}</n>`), UTF_16],
  ])('%s', (_what, content, detail) => {
    expect(translate(content)).toEqual({ readable: false, detail })
    expect(answered(content)).toMatchObject({ readable: false })
  })
})

/** Documents that are well-formed, or all but: nothing of them is obeyed, and their text is only text. */
describe('is read as it stands', () => {
  const message = (text: string | Buffer): Translation =>
    translate(
      Buffer.concat([
        Buffer.from(`<n>${PAID}<message>`),
        Buffer.from(text as string),
        Buffer.from('</message></n>'),
      ]),
    )
  const told = (text: string) => ({ events: [{ type: 'captured', reference: '9', providerMessage: text }] })

  test.each([
    ['letters from right to left', 'paid \u202e00.05\u202c'],
    ['letters that hide', 'pa\u200bid\u2060\ufeff'],
    ['line separators', 'one\u2028two\u2029three'],
    ['letters of planes above', '😀 𝟏𝟏𝟖'],
    ['private and unassigned letters', '\ue000\u{10ffff}\u0378'],
    ['combining marks without end', `e${'\u0301'.repeat(500)}`],
  ])('%s', (_what, text) => {
    expect(message(text)).toMatchObject(told(text))
  })

  test.each([
    ['NUL', 'a\0b', 'a\ufffdb'],
    ['a lesser-than sign spelt too long', Buffer.from([0xc0, 0xbc]), '\ufffd\ufffd'],
    ['half a character', Buffer.from([0xed, 0xa0, 0x80]), '\ufffd\ufffd\ufffd'],
    ['a character cut off', Buffer.from([0xe2, 0x82]), '\ufffd'],
    ['a character beyond the last', Buffer.from([0xf4, 0x90, 0x80, 0x80]), '\ufffd\ufffd\ufffd\ufffd'],
    ['references to no characters', '&#0;&#xD800;&#x110000;&#99999999999;', '\ufffd\ufffd\ufffd\ufffd'],
    // saxes left these to be repaired later, in whole texts: the first became one U+FFFD more, the second one letter.
    ['a reference that is text, beside one to no character', '&#0;&amp;#0;', '\ufffd&#0;'],
    ['halves of a character', '&#xD83D;&#xDE00;', '\ufffd\ufffd'],
    ['references in references', '&#38;#60;&amp;lt;&#38;amp;', '&#60;&lt;&amp;'],
    ['markup in CDATA', '<![CDATA[<status>113</status>&lt;]]>', '<status>113</status>&lt;'],
  ])('%s', (_what, text, expected) => {
    expect(message(text)).toMatchObject(told(expected))
  })

  test('an inclusion includes nothing', () => {
    const include =
      '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    expect(translate(`<n>${PAID}<message>${include}</message></n>`)).toMatchObject({
      events: [{ type: 'captured', providerMessage: null }],
    })
  })

  test('a schema elsewhere is not looked for', () => {
    const schema =
      'xmlns:s="http://www.w3.org/2001/XMLSchema-instance" s:schemaLocation="u http://127.0.0.1:1/x.xsd"'
    expect(translate(`<n ${schema}>${PAID}</n>`)).toMatchObject({ events: [{ type: 'captured' }] })
  })

  test('a name that looks like another is another', () => {
    // The first letter of the second one is Cyrillic, the third has a width of nothing in it.
    const others = '<ѕtatus>113</ѕtatus><STATUS>113</STATUS>'
    expect(translate(`<n>${PAID}${others}</n>`)).toMatchObject({
      events: [{ type: 'captured', providerCode: '118' }],
    })
    expect(translate(`<n><ѕtatus>118</ѕtatus><transaction_reference>9</transaction_reference></n>`)).toEqual({
      readable: false,
      detail: 'the status is missing',
    })
  })

  test('a comment inside a value neither ends nor changes it', () => {
    expect(
      translate(`<n><transaction_reference>9</transaction_reference><status>11<!-- 3 -->8</status></n>`),
    ).toMatchObject({
      events: [{ providerCode: '118' }],
    })
  })
})
