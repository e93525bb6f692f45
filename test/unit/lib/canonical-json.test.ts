import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../../src/lib/canonical-json.ts'

describe('equal content', () => {
  it('is equal text, whatever stands first and whatever stands between', () => {
    const text = '{ "b" : [ 1, {"d":null,"c":"é"} ],\n\t"a":true }'
    expect(canonicalJson(text)).toBe('{"a":true,"b":[1,{"c":"é","d":null}]}')
    expect(canonicalJson('{"a":true,"b":[1,{"c":"\\u00e9","d":null}]}')).toBe(canonicalJson(text))
  })

  it('is its own canonical text', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const once = canonicalJson(text)
        expect(canonicalJson(once ?? '')).toBe(once)
        expect(JSON.parse(once ?? '')).toEqual(JSON.parse(text))
      }),
    )
  })
})

describe('other content', () => {
  it.each([
    ['a number and a text', '{"a":1}', '{"a":"1"}'],
    ['numbers that are written differently', '{"a":1.0}', '{"a":1}'],
    ['numbers that a float does not tell apart', '9007199254740993', '9007199254740992'],
    ['another order of a list', '[1,2]', '[2,1]'],
    ['nothing and no member', '{"a":null}', '{}'],
    ['a member called __proto__', '{"__proto__":{"a":1}}', '{}'],
  ])('is another text: %s', (_what, left, right) => {
    expect(canonicalJson(left)).not.toBe(canonicalJson(right))
  })
})

it.each([
  ['no JSON', '<xml/>'],
  ['nothing', ''],
  ['more values than any message has', JSON.stringify(Array(20_001).fill(0))],
  ['deeper than the machine reads', '['.repeat(1_000_000) + ']'.repeat(1_000_000)],
])('%s has no canonical text', (_what, text) => {
  expect(canonicalJson(text)).toBeNull()
})
