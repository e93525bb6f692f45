import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equalInConstantTime, keyUnder, sha256, sha256Framed } from '../../../src/lib/crypto.ts'

const bytes = fc.uint8Array({ maxLength: 40 })

describe('crypto', () => {
  it('hashes the concatenation, text as UTF-8', () => {
    expect(sha256('é')).toEqual(
      createHash('sha256')
        .update(Buffer.from([0xc3, 0xa9]))
        .digest(),
    )
    expect(sha256(Buffer.from([0, 255]))).toEqual(
      createHash('sha256')
        .update(Buffer.from([0, 255]))
        .digest(),
    )
    expect(sha256('').toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
  })

  it('framed parts never run into each other', () => {
    expect(sha256Framed('ab', 'c')).not.toEqual(sha256Framed('a', 'bc'))
    expect(sha256Framed('', 'a')).not.toEqual(sha256Framed('a', ''))
    expect(sha256Framed('1:a', 'b')).not.toEqual(sha256Framed('1:a1:b'))
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), fc.array(bytes, { maxLength: 4 }), (left, right) => {
        const same =
          left.length === right.length && left.every((part, at) => Buffer.compare(part, right[at]!) === 0)
        expect(sha256Framed(...left).equals(sha256Framed(...right))).toBe(same)
      }),
    )
  })

  it('framed text and its bytes are one', () => {
    expect(sha256Framed('é')).toEqual(sha256Framed(Buffer.from('é', 'utf8')))
  })

  it('keys under one name lie together, and differ by all their parts', () => {
    const key = keyUnder('A200000002', 'shop', 'body')
    expect(key.toString('hex')).toBe(
      `${Buffer.from('A200000002').toString('hex')}0000${sha256Framed('shop', 'body').toString('hex', 0, 20)}`,
    )
    expect(keyUnder('A200000002', 'shop', 'other').subarray(0, 12)).toEqual(key.subarray(0, 12))
    expect(keyUnder('A200000002', 'shop', 'other')).not.toEqual(key)
    expect(keyUnder('A200000003', 'shop', 'body')).not.toEqual(key)
    expect(keyUnder('', 'a').toString('hex')).toMatch(/^(00){12}[0-9a-f]{40}$/)
    expect(keyUnder('éééééé, and more', 'a').subarray(0, 12).toString()).toBe('éééééé')
  })

  it('compares by content, and answers unequal lengths without throwing', () => {
    fc.assert(
      fc.property(bytes, bytes, (expected, received) => {
        expect(equalInConstantTime({ expected, received })).toBe(Buffer.compare(expected, received) === 0)
        expect(equalInConstantTime({ expected, received: Uint8Array.from(expected) })).toBe(true)
      }),
    )
  })
})
