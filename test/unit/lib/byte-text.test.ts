import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOfText, storable, textOf, unescaped } from '../../../src/lib/byte-text.ts'

describe('byte text', () => {
  it('undoes escapes byte by byte; what is no escape stands for itself', () => {
    expect(unescaped('a+b%20c%2B')).toBe('a b c+')
    expect(unescaped('%c3%A9')).toBe('\xc3\xa9')
    expect(unescaped('%25%32%30')).toBe('%20')
    for (const plain of ['', 'plain', '%', '%2', '%2g', '%g2', '% 2', '%%', '\xc3\xa9']) {
      expect(unescaped(plain)).toBe(plain)
    }
    expect(unescaped('%%41%')).toBe('%A%')
  })

  it('reads what encodeURIComponent wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(unescaped(encodeURIComponent(text))).toBe(bytesOfText(text))
        expect(textOf(bytesOfText(text))).toBe(storable(text))
      }),
    )
  })

  it('text for people is UTF-8 with replacements, never an error', () => {
    expect(textOf('Zo\xc3\xa9')).toBe('Zoé')
    expect(textOf('Zo\xe9\0')).toBe('Zo\ufffd\ufffd')
    expect(storable('a\0\ud800')).toBe('a\ufffd\ufffd')
  })
})
