import { hash, timingSafeEqual } from 'node:crypto'

/** SHA-256, 32 bytes. A string counts as UTF-8. */
export function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer')
}

/**
 * SHA-256 over parts that cannot run into each other: each is preceded by its length. Use it for keys made of several
 * values, where ("ab", "c") and ("a", "bc") must differ.
 */
export function sha256Framed(...parts: readonly (string | Uint8Array)[]): Buffer {
  const framed = parts.flatMap((part) => {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part
    return [Buffer.from(`${bytes.length}:`, 'latin1'), bytes]
  })
  return sha256(Buffer.concat(framed))
}

/** Of a name: as long as HiPay's references, longer than those of Be2bill's examples. */
const NAME_LENGTH = 12

/**
 * A key of 32 bytes that begins with a name, padded with zeros, and ends with 20 bytes of the framed digest of its parts. Digests
 * alone fall anywhere in an index: in a large one nearly every row would meet a page that no statement has touched for long.
 */
export const keyUnder = (name: string, ...parts: readonly (string | Uint8Array)[]): Buffer =>
  namedKey(name, sha256Framed(...parts))

/** The same of a digest. */
export function namedKey(name: string, digest: Buffer): Buffer {
  const key = Buffer.alloc(32)
  // A character that would be cut in two is left out.
  key.write(name, 0, NAME_LENGTH, 'utf8')
  digest.copy(key, NAME_LENGTH)
  return key
}

/**
 * Where the keys under a name begin, and what is behind all of them. Keys do not tell apart names that begin with the same bytes: a name
 * that may have been cut has no range.
 */
export function nameRange(name: string): [from: Buffer, before: Buffer] {
  const bytes = Buffer.from(name, 'utf8')
  const start = Buffer.alloc(NAME_LENGTH)
  bytes.copy(start)
  return bytes.length > NAME_LENGTH ? [start, start] : [start, Buffer.concat([start, Buffer.alloc(32, 0xff)])]
}

/**
 * Equality whose duration does not depend on where the first difference is. A length difference answers at once: lengths
 * of digests are public, and `timingSafeEqual` throws on unequal ones.
 */
export function equalInConstantTime(pair: { expected: Uint8Array; received: Uint8Array }): boolean {
  return pair.expected.length === pair.received.length && timingSafeEqual(pair.expected, pair.received)
}
