import { describe, expect, it } from 'vitest'
import { createEmailDigest } from '../../../src/lib/email-digest.ts'

const digestOf = createEmailDigest(Buffer.alloc(32, 1))

describe('the digest of an e-mail address', () => {
  it.each(['ADA.martin@Example.org', '  ada.martin@example.org\n', 'ada.martin@EXAMPLE.ORG'])(
    'is the same for %j: case and blanks do not tell addresses apart',
    (address) => {
      expect(digestOf(address)).toBe(digestOf('ada.martin@example.org'))
    },
  )

  it('is the same for both ways of writing an accent', () => {
    expect(digestOf('zoe\u0308@example.org')).toBe(digestOf('zo\u00eb@example.org'))
  })

  it.each(['ada.martin@example.com', 'adamartin@example.org', 'ada.martin+shop@example.org'])(
    'is another one for %s',
    (address) => {
      expect(digestOf(address)).not.toBe(digestOf('ada.martin@example.org'))
    },
  )

  it('is another one under another key', () => {
    expect(createEmailDigest(Buffer.alloc(32, 2))('ada@example.org')).not.toBe(digestOf('ada@example.org'))
  })

  it('holds letters alone, which no search for card numbers mistakes', () => {
    expect(digestOf('ada@example.org')).toMatch(/^[a-p]{32}$/)
  })

  it.each(['', ' ', 'ada', '@', 'ada@', '@example.org', 'ada martin@example.org', 'a@b@c'])(
    'is null for %j, which is no address',
    (text) => {
      expect(digestOf(text)).toBeNull()
    },
  )
})
