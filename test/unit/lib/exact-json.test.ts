import { describe, expect, it } from 'vitest'
import {
  JSON_VALUES_MAX,
  parseExactJson,
  parseRewritableJson,
  TooManyValues,
} from '../../../src/lib/exact-json.ts'

describe('exact JSON', () => {
  it.each([
    ['9007199254740993', '9007199254740993'],
    ['[5.00, -0, 1e400]', ['5.00', '-0', '1e400']],
    ['{"a": true, "b": null, "c": "1.0"}', { a: true, b: null, c: '1.0' }],
  ])('keeps numbers as they were written: %s', (text, value) => {
    expect(parseExactJson(text)).toEqual(value)
  })

  it('keeps __proto__ a name like any other', () => {
    const value = parseExactJson('{"__proto__": {"polluted": "yes"}}') as object
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('reads values up to its limit, the containers among them', () => {
    const list = (count: number): string =>
      `[${Array<string>(count - 1)
        .fill('1')
        .join(',')}]`
    expect(parseExactJson(list(JSON_VALUES_MAX))).toHaveLength(JSON_VALUES_MAX - 1)
    expect(() => parseExactJson(list(JSON_VALUES_MAX + 1))).toThrow(TooManyValues)
  })

  it.each(['', '{', '[1,]', "{'a': 1}", 'NaN', '01', '"\n"'])('refuses what is no JSON: %j', (text) => {
    expect(() => parseExactJson(text)).toThrow(SyntaxError)
  })

  it('refuses what no stack is deep enough for', () => {
    expect(() => parseExactJson('['.repeat(100_000) + ']'.repeat(100_000))).toThrow(RangeError)
  })
})

describe('rewritable JSON', () => {
  it.each(['9007199254740993', '[5.00,-0,1e400]', '{"a":[123456789012345678901,1.5,"x",null,true]}'])(
    'is written again as it was: %s',
    (text) => {
      expect(JSON.stringify(parseRewritableJson(text))).toBe(text)
    },
  )

  it('leaves a number a number where a float holds it', () => {
    expect(parseRewritableJson('{"a":12,"b":-1.5}')).toEqual({ a: 12, b: -1.5 })
  })
})
