import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hipay } from '../../../../src/providers/hipay/index.ts'
import { readPayload } from '../../../../src/providers/hipay/payload.ts'
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
