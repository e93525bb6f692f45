import { describe, expect, it } from 'vitest'
import { createKeyRing, parseDataKeys } from '../../../src/lib/key-ring.ts'

const key = (byte: number, length = 32): string => Buffer.alloc(length, byte).toString('base64')

describe('a key ring', () => {
  it('seals by its first key and finds all of them', () => {
    const { keys, problems } = parseDataKeys(`2026-b:${key(2)}, 2026-a:${key(1)}`)
    expect(problems).toEqual([])
    const ring = createKeyRing(keys)
    expect(ring.names).toHaveLength(2)
    expect(ring.current?.name).toMatch(/^2026-b:[0-9a-f]{8}$/)
    expect(ring.find(ring.names[1]!)?.name).toMatch(/^2026-a:[0-9a-f]{8}$/)
    expect(ring.find('2026-a')).toBeUndefined()
  })

  it('gives another key another name, whatever its id', () => {
    const nameOf = (byte: number): string | undefined =>
      createKeyRing(parseDataKeys(`a:${key(byte)}`).keys).current?.name
    expect(nameOf(1)).toBe(nameOf(1))
    expect(nameOf(1)).not.toBe(nameOf(2))
  })

  it('may be empty', () => {
    const { current, names } = createKeyRing([])
    expect({ current, names }).toEqual({ current: null, names: [] })
  })

  it.each([
    ['', 'must hold at least one key'],
    [' , ', 'must hold at least one key'],
    [key(1), 'entry 1 must be id:key, the key 32 bytes in base64 (openssl rand -base64 32)'],
    [`a:`, 'entry 1 must be id:key, the key 32 bytes in base64 (openssl rand -base64 32)'],
    [`a:${key(1)}:x`, 'entry 1 must be id:key, the key 32 bytes in base64 (openssl rand -base64 32)'],
    [`:${key(1)}`, 'entry 1 must have an id of 1 to 32 letters, digits, dots, dashes and underscores'],
    [`a b:${key(1)}`, 'entry 1 must have an id of 1 to 32 letters, digits, dots, dashes and underscores'],
    [
      `a:${key(1, 31)}`,
      'entry 1 must have a key of 32 bytes in base64 (openssl rand -base64 32); this one has 31 bytes',
    ],
    [
      `a:${key(1)},b:${key(2, 33)}`,
      'entry 2 must have a key of 32 bytes in base64 (openssl rand -base64 32); this one has 33 bytes',
    ],
    [
      `a:${'0'.repeat(64)}`,
      'entry 1 must have a key of 32 bytes in base64 (openssl rand -base64 32); this one has 48 bytes',
    ],
    [
      'a:not base64!',
      'entry 1 must have a key of 32 bytes in base64 (openssl rand -base64 32); this is no base64',
    ],
    [`a:${key(1)},a:${key(2)}`, 'must not hold the same id twice'],
    [`a:${key(1)},b:${key(1)}`, 'must not hold the same key twice'],
  ])('refuses %j', (text, problem) => {
    expect(parseDataKeys(text).problems).toEqual([problem])
  })

  it('tells every problem at once and no key', () => {
    const { problems } = parseDataKeys(`a:${key(65, 16)},!:${key(66)},c`)
    expect(problems).toHaveLength(3)
    expect(problems.join()).not.toContain('QUFB')
    expect(problems.join()).not.toContain('QkJC')
  })
})
