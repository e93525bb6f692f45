import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createXaes, XAES_NONCE_BYTES } from '../../../src/lib/xaes.ts'

/** The vectors are those of the specification, c2sp.org/XAES-256-GCM. */
const VECTORS = [
  {
    key: Buffer.alloc(32, 1),
    about: '',
    sealed: 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271',
  },
  {
    key: Buffer.alloc(32, 3),
    about: 'c2sp.org/XAES-256-GCM',
    sealed: '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d',
  },
]
const NONCE = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX')
const PLAIN = Buffer.from('XAES-256-GCM')

describe('XAES-256-GCM', () => {
  it.each(VECTORS)('seals and opens as published: $sealed', ({ key, about, sealed }) => {
    const xaes = createXaes(key)
    expect(xaes.seal(NONCE, PLAIN, Buffer.from(about)).toString('hex')).toBe(sealed)
    expect(xaes.open(NONCE, Buffer.from(sealed, 'hex'), Buffer.from(about))).toEqual(PLAIN)
  })

  it.each([0, 1, 15, 16, 17, 1024, 100_000])('opens what it sealed, %i bytes', (length) => {
    const xaes = createXaes(randomBytes(32))
    const nonce = randomBytes(XAES_NONCE_BYTES)
    const plain = randomBytes(length)
    const about = Buffer.from('row 1')
    expect(xaes.open(nonce, xaes.seal(nonce, plain, about), about)?.equals(plain)).toBe(true)
  })

  it('opens nothing of which one bit was changed', () => {
    const key = randomBytes(32)
    const sealed = createXaes(key).seal(NONCE, PLAIN, Buffer.from('row 1'))
    const parts = { key, nonce: NONCE, sealed, about: Buffer.from('row 1') }
    for (const name of ['key', 'nonce', 'sealed', 'about'] as const) {
      for (let at = 0; at < parts[name].length; at += 1) {
        const changed = Buffer.from(parts[name])
        changed[at]! ^= 1 << (at % 8)
        const given = { ...parts, [name]: changed }
        expect(createXaes(given.key).open(given.nonce, given.sealed, given.about), `${name} ${at}`).toBeNull()
      }
    }
  })

  it('opens nothing that is shorter than a tag, or was cut', () => {
    const xaes = createXaes(randomBytes(32))
    const sealed = xaes.seal(NONCE, PLAIN, Buffer.alloc(0))
    for (let length = 0; length < sealed.length; length += 1)
      expect(xaes.open(NONCE, sealed.subarray(0, length), Buffer.alloc(0)), String(length)).toBeNull()
  })
})
