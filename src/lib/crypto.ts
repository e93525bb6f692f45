import { createHash, timingSafeEqual } from 'node:crypto'

/** SHA-256 of the concatenation of the parts, 32 bytes. Strings count as UTF-8. */
export function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/**
 * SHA-256 over parts that cannot run into each other: each is preceded by its length. Use it for keys made of several
 * values, where ("ab", "c") and ("a", "bc") must differ.
 */
export function sha256Framed(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part
    hash.update(`${bytes.length}:`)
    hash.update(bytes)
  }
  return hash.digest()
}

/**
 * Equality whose duration does not depend on where the first difference is. A length difference answers at once: lengths
 * of digests are public, and `timingSafeEqual` throws on unequal ones.
 */
export function equalInConstantTime(pair: { expected: Uint8Array; received: Uint8Array }): boolean {
  return pair.expected.length === pair.received.length && timingSafeEqual(pair.expected, pair.received)
}
