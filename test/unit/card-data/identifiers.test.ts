import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createIdentifiers, ID_LENGTH_MAX, KEPT_LENGTH_MAX } from '../../../src/card-data/identifiers.ts'
import { IDENTIFIERS } from '../../support/identifiers.ts'

const { replace, formsOf } = IDENTIFIERS
const SHAPE = /~[a-z2-7]{20}$/
const VISA = '4111111111111111'

describe('an id stays as it is', () => {
  test.each([
    ['A-1001/2'],
    ['123456789012'],
    ['1717171717174'],
    ['ORDER-1717171717174'],
    ['4111111111111112'],
    ['x~y'],
    ['~ABCDEFGHIJKLMNOPQRST'],
    ['a'.repeat(ID_LENGTH_MAX)],
    ['😀'.repeat(ID_LENGTH_MAX)],
    [''],
    ['   '],
  ])('%s', (id) => {
    expect(replace(id)).toBe(id)
    expect(replace(Buffer.from(id))).toBe(id)
  })
})

describe('an id is replaced', () => {
  test.each([
    ['a card number', VISA, '411111******1111'],
    ['one in groups', '4111 1111-1111 1111', '4111 11**-**** 1111'],
    ['one among words', `ORDER-${VISA}/é`, 'ORDER-411111******1111/é'],
    ['one behind a number', `17 ${VISA}`, '17 411111******1111'],
    ['a text of the replaced shape', 'x~abcdefghij234567klmn', 'x~abcdefghij234567klmn'],
    ['a text that is too long', 'a'.repeat(ID_LENGTH_MAX + 1), 'a'.repeat(64)],
    ['U+0000', 'a\0b', 'a\ufffdb'],
    ['half a character', 'a\ud800b', 'a\ufffdb'],
  ])('that is %s', (_what, id, shown) => {
    expect(replace(id)).toMatch(SHAPE)
    expect(replace(id).slice(0, -21)).toBe(shown)
    expect(replace(id)).toBe(replace(id))
  })

  test('with the blanks around it where they were', () => {
    expect(replace(` ${VISA}\n`)).toBe(` ${replace(VISA)}\n`)
  })

  test('by bytes that are no text, each by itself', () => {
    const kept = [[0xff], [0xfe], [0xff, 0xfe], [0xc3, 0x28]].map((bytes) => replace(Buffer.from(bytes)))
    expect(new Set([...kept, replace('\ufffd'), replace('\ud800'), replace('\udfff')]).size).toBe(7)
    for (const one of kept) expect(one).toMatch(SHAPE)
  })

  test('otherwise in every installation', () => {
    expect(createIdentifiers(Buffer.alloc(32, 8)).replace(VISA)).not.toBe(replace(VISA))
  })
})

test('a question is asked with the original or with what is shown', () => {
  expect(formsOf('A-1')).toEqual(['A-1'])
  expect(formsOf(VISA)).toEqual([replace(VISA)])
  const shown = replace(VISA)
  expect(formsOf(shown)).toEqual([replace(shown), shown])
})

describe('two ids never become one', () => {
  test('of 100,000 in a row', () => {
    const kept = new Set<string>()
    for (let index = 0; index < 100_000; index++) kept.add(replace(String(4_000_012_345_678 + index)))
    expect(kept.size).toBe(100_000)
  })

  const digits = fc.stringMatching(/^[0-9]{12,19}$/)
  const shape = fc.stringMatching(/^[0-9]{0,6}\*{0,9}~[a-z2-7]{20}$/)
  const again = fc.oneof(digits, shape).map(replace)
  const long = fc.stringMatching(/^a{254,257}[bc]{0,2}$/)
  const id = fc.oneof(
    digits,
    shape,
    again,
    again.map(replace),
    long,
    fc.string(),
    fc.string({ unit: 'binary' }),
  )

  test('of any kind', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { minLength: 2 }), (ids) => {
        expect(new Set(ids.map(replace)).size).toBe(ids.length)
      }),
      { numRuns: 500 },
    )
  })

  test('and none grows beyond what keys hold', () => {
    fc.assert(
      fc.property(id, (one) => {
        expect(Array.from(replace(one)).length).toBeLessThanOrEqual(KEPT_LENGTH_MAX)
      }),
    )
  })

  test('and no card number is left in what is kept', () => {
    fc.assert(
      fc.property(digits, fc.constantFrom('', ' ', '-'), (number, separator) => {
        const kept = replace(number.split('').join(separator))
        if (kept !== number.split('').join(separator)) expect(kept.replace(/\D/g, '')).not.toContain(number)
      }),
    )
  })
})
