import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hipay } from '../../../../src/providers/hipay/index.ts'
import { readPayload } from '../../../../src/providers/hipay/payload.ts'
import { signatureOf } from '../../../../src/providers/hipay/signature.ts'
import { UnreadablePayload } from '../../../../src/providers/hipay/unreadable.ts'
import type { Translation } from '../../../../src/providers/provider.ts'
import { accountWith, NOW, secret } from './account.ts'

const ACCOUNT = accountWith(secret(), secret({ id: 'narrow', hashAlgorithm: 'sha1', merchantIds: ['1'] }))
const RECEIVED_AT = new Date(0)
const translate = (content: Buffer): Translation =>
  hipay.translate({ content, receivedAt: RECEIVED_AT }, ACCOUNT)

/** Pieces that parsers trip over, strung together at random. */
const fragment = fc.oneof(
  fc.constantFrom(
    ...[
      '<',
      '>',
      '</',
      '/>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?xml version="1.0"?>',
      '<!DOCTYPE a [',
      '&',
      '=',
    ],
    ...[
      '%',
      '%5B',
      '%5D',
      '%00',
      '%ED%A0%80',
      '[',
      ']',
      '[]',
      '+',
      '{',
      '}',
      '"',
      ':',
      ',',
      '\\u0000',
      '\\ud800',
    ],
    ...[
      'status',
      'transaction_reference',
      '118',
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
    ],
    ...[
      '<notification>',
      '</notification>',
      '<status>',
      '</status>',
      '&amp;',
      '&#0;',
      '&#xD800;',
      '&x;',
      '\0',
      '﻿',
    ],
    ...['custom_data', 'event_key', 'reason', 'null', 'true', '1e999', '-1.00', '\r\n', ' '],
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const text = fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join(''))
const body = fc.oneof(
  text.map((value) => Buffer.from(value, 'utf8')),
  text.map((value) => Buffer.from(`<notification>${value}</notification>`, 'utf8')),
  text.map((value) =>
    Buffer.from(`status=118&transaction_reference=9&custom_data[${value}]=${value}`, 'utf8'),
  ),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((value) => Buffer.from(value, 'utf8')),
)

describe('hostile bodies', () => {
  test('a parser throws nothing but UnreadablePayload', () => {
    fc.assert(
      fc.property(body, (content) => {
        try {
          readPayload(content)
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadablePayload)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('translation and verification answer, and what they keep can be stored', () => {
    fc.assert(
      fc.property(body, fc.string(), (content, header) => {
        const headers = { 'x-allopass-signature': header }
        expect(
          hipay.verify({ method: 'POST', query: '', headers, body: content }, ACCOUNT, NOW).verified,
        ).toBe(false)
        for (const translation of [
          translate(content),
          hipay.translateResponse({ envelope: {}, content, receivedAt: RECEIVED_AT }, ACCOUNT),
        ]) {
          JSON.stringify(translation, (name, value: unknown) => {
            for (const kept of [name, value]) {
              if (typeof kept === 'string' && (kept.includes('\0') || !kept.isWellFormed()))
                expect(kept).toBe('storable')
            }
            return value
          })
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('no name reaches a prototype', () => {
    const name = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'a')
    fc.assert(
      fc.property(
        fc.array(name, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        ([head = 'a', ...keys], inForm) => {
          const nested = [...keys].reverse().reduce((inner, key) => `<${key}>${inner}</${key}>`, 'polluted')
          const content = inForm
            ? `status=118&transaction_reference=9&${head}${keys.map((key) => `[${key}]`).join('')}=polluted`
            : `<n><status>118</status><transaction_reference>9</transaction_reference><${head}>${nested}</${head}></n>`
          const translation = translate(Buffer.from(content))
          expect(translation).toMatchObject({ readable: true, events: [{ type: 'captured' }] })
          expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
          expect(Object.getPrototypeOf({})).toBe(Object.prototype)
          expect(JSON.stringify(translation)).toContain('polluted')
        },
      ),
    )
  })

  test('custom and extra stay small rows whatever comes', () => {
    const pairs = Array.from(
      { length: 20_000 },
      (_, index) => `custom_data[k${index}]=${'v'.repeat(5)}&x${index}=1`,
    )
    const long = `${'n'.repeat(5000)}=${'v'.repeat(50_000)}`
    const translation = translate(
      Buffer.from(`status=118&transaction_reference=9&${long}&${pairs.join('&')}`),
    )
    expect(JSON.stringify(translation).length).toBeLessThan(60_000)
  })
})

describe('256 KiB of anything is read in time that grows with its length', () => {
  const SIZE = 256 * 1024
  const fill = (unit: string, size: number): string =>
    unit.repeat(Math.ceil(size / unit.length)).slice(0, size)
  const inForm = (rest: string): string => `status=118&transaction_reference=9&${rest}`
  const inXml = (rest: string): string =>
    `<n><status>118</status><transaction_reference>9</transaction_reference>${rest}</n>`
  const inCustomData = (rest: string): string => inXml(`<custom_data>${rest}</custom_data>`)
  const name = 'k'.repeat(SIZE / 2)
  const shapes: Record<string, string> = {
    'form pairs': inForm(fill('a=b&', SIZE)),
    'form of one name': inForm(fill('custom_data[k]=x&', SIZE)),
    'form of lists': inForm(fill('custom_data[]=1&', SIZE)),
    'form brackets': inForm(fill('[', SIZE)),
    'form closing brackets': inForm(`a[${fill('][', SIZE)}]=1`),
    'form escapes': inForm(`cdata1=${fill('%E9', SIZE)}`),
    'form percent signs': inForm(fill('%', SIZE)),
    'form underscores': inForm(`${fill('_', SIZE)}=1`),
    'form digits': inForm(`cdata1=${fill('4', SIZE)}`),
    'form digit groups': inForm(`cdata1=${fill('4111 1111 1111 1112 ', SIZE)}`),
    'form blanks': fill(' ', SIZE),
    'xml long name around many': inXml(`<${name}>${fill('<a>1</a>', SIZE / 2)}</${name}>`),
    'xml long name around many in custom data': inCustomData(
      `<${name}>${fill('<a>1</a>', SIZE / 2)}</${name}>`,
    ),
    'xml elements': inCustomData(fill('<a>1</a>', SIZE)),
    'xml repeated elements': inXml(fill('<a>1</a>', SIZE)),
    'xml self-closed': inCustomData(fill('<a/>', SIZE)),
    'xml depth': inXml(fill('<a>', SIZE)),
    'xml comments': inXml(fill('<!-- -->', SIZE)),
    'xml cdata': inXml(`<cdata1>${fill('<![CDATA[x]]>', SIZE)}</cdata1>`),
    'xml unclosed comments': inXml(fill('<!--', SIZE)),
    'xml references': inXml(`<cdata1>${fill('&#38;', SIZE)}</cdata1>`),
    'xml ampersands': inXml(`<cdata1>${fill('&amp;#', SIZE)}</cdata1>`),
    'xml attributes': `<n ${fill('a="b" ', SIZE)}/>`,
    'xml blanks in a tag': `<n${fill(' ', SIZE)}/>`,
    'xml declaration without end': `<?xml ${fill(' encoding=', SIZE)}`,
    'json array': `{"status":"118","transaction_reference":"9","custom_data":[${fill('1,', SIZE)}1]}`,
    'json depth': fill('[', SIZE),
    'json members': `{"status":"118","transaction_reference":"9",${fill('"a":1,', SIZE)}"b":1}`,
  }

  test.each(Object.entries(shapes))('%s', (_name, shape) => {
    const content = Buffer.from(shape)
    const started = performance.now()
    const headers = { 'x-allopass-signature': 'a'.repeat(64) }
    hipay.verify({ method: 'POST', query: '', headers, body: content }, ACCOUNT, NOW)
    translate(content)
    // Linear work takes milliseconds, quadratic work on this length minutes: the bound tells them apart on any machine.
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

describe('the number of XML elements is bounded', () => {
  const PIECES_MAX = 5000
  // The root, the two fields that make it a notification and custom_data are elements too.
  const document = (pieces: string): Buffer =>
    Buffer.from(
      `<n><status>118</status><transaction_reference>9</transaction_reference><custom_data>${pieces}</custom_data></n>`,
    )
  const elements = (count: number): string =>
    Array.from({ length: count }, (_, index) => `<k${index}>1</k${index}>`).join('')

  test('up to the bound a document is read', () => {
    expect(translate(document(elements(PIECES_MAX - 4)))).toMatchObject({ readable: true })
    const text = `<![CDATA[${'<a/>'.repeat(PIECES_MAX)}]]>`
    expect(translate(document(`<html>${text}</html>`))).toMatchObject({ readable: true })
  })

  test.each([
    ['elements', elements(PIECES_MAX - 3)],
    ['empty elements', '<a/>'.repeat(PIECES_MAX)],
    ['comments', '<!-- -->'.repeat(PIECES_MAX)],
    ['CDATA sections', '<![CDATA[x]]>'.repeat(PIECES_MAX)],
  ])('beyond it it is verified and said to be unreadable: %s', (_what, pieces) => {
    const content = document(pieces)
    expect(translate(content)).toEqual({ readable: false, detail: 'the XML has more than 5000 elements' })
    const headers = { 'x-allopass-signature': signatureOf(content, secret()) }
    const request = { method: 'POST', query: '', headers, body: content } as const
    expect(hipay.verify(request, accountWith(secret()), NOW)).toMatchObject({ verified: true })
  })

  test('the most expensive body that the service accepts is refused in little time', () => {
    const content = document('<a/>'.repeat(65_000))
    const startedAt = process.cpuUsage()
    for (let turn = 0; turn < 10; turn++) translate(content)
    // Ten of them, parsed, would take ten seconds.
    expect(process.cpuUsage(startedAt).user / 1000).toBeLessThan(2000)
  })
})

test('the number of JSON values is bounded', () => {
  const list = (count: number): Buffer =>
    Buffer.from(`{"status":"118","transaction_reference":"9","custom_data":[${'1,'.repeat(count - 6)}1,1]}`)
  // The list and the object around it are values too.
  expect(translate(list(20_000))).toMatchObject({ readable: true })
  expect(translate(list(20_001))).toEqual({
    readable: false,
    detail: 'the JSON has more than 20000 values',
  })
})
