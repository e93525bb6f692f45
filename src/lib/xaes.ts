import { createCipheriv, createDecipheriv, createSecretKey, type Cipheriv, type KeyObject } from 'node:crypto'

/**
 * XAES-256-GCM as published by C2SP (c2sp.org/XAES-256-GCM): AES-256-GCM under a key derived from 192 bits of nonce, by
 * AES-CMAC in counter mode (NIST SP 800-108). Random nonces then never run out, where plain AES-GCM ends at 2³² per key.
 */
export interface Xaes {
  /** `nonce` must be new for every call, 24 random bytes; answers ciphertext and tag. */
  seal(nonce: Buffer, plain: Uint8Array, about: Uint8Array): Buffer
  /** Null when any bit of nonce, ciphertext, tag or `about` is not as it was sealed. */
  open(nonce: Buffer, sealed: Buffer, about: Uint8Array): Buffer | null
}

export const XAES_KEY_BYTES = 32
export const XAES_NONCE_BYTES = 24
const XAES_TAG_BYTES = 16

const BLOCK = 16
/** Of the nonce: so much goes into the key, the rest is the nonce of AES-GCM. */
const DERIVING = 12
const GCM = 'aes-256-gcm'

/** `key`: 32 random bytes. */
export function createXaes(key: Uint8Array): Xaes {
  const deriver = createDeriver(key)
  return {
    seal: (nonce, plain, about) => {
      const cipher = createCipheriv(GCM, deriver(nonce), nonce.subarray(DERIVING)).setAAD(about)
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open: (nonce, sealed, about) => {
      if (sealed.length < XAES_TAG_BYTES) return null
      const end = sealed.length - XAES_TAG_BYTES
      const options = { authTagLength: XAES_TAG_BYTES }
      const decipher = createDecipheriv(GCM, deriver(nonce), nonce.subarray(DERIVING), options)
      decipher.setAAD(about).setAuthTag(sealed.subarray(end))
      const plain = decipher.update(sealed.subarray(0, end))
      return isAuthentic(() => decipher.final()) ? plain : null
    },
  }
}

function isAuthentic(end: () => Buffer): boolean {
  try {
    end()
    return true
  } catch {
    return false
  }
}

/** The key of one nonce: both halves are AES-CMAC over one full block, so each is a single AES block. */
function createDeriver(key: Uint8Array): (nonce: Buffer) => KeyObject {
  // Kept: in this mode without padding, blocks have nothing to do with each other.
  const aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  const subkey = cmacSubkey(aes)
  // The counter, the label X, its end; the first half of the nonce follows.
  const heads = [1, 2].map((counter) => Buffer.of(0, counter, 0x58, 0))
  return (nonce) => {
    const blocks = Buffer.concat(heads.flatMap((head) => [head, nonce.subarray(0, DERIVING)]))
    const masked = blocks.map((byte, index) => byte ^ subkey.readUInt8(index % BLOCK))
    // As an object: Node takes ten times as long over a cipher whose key comes as bytes.
    return createSecretKey(aes.update(masked))
  }
}

/** K1 of AES-CMAC (RFC 4493): the encrypted zero block, doubled in GF(2¹²⁸). */
function cmacSubkey(aes: Cipheriv): Buffer {
  const block = aes.update(Buffer.alloc(BLOCK))
  const value = BigInt(`0x${block.toString('hex')}`)
  const doubled = BigInt.asUintN(128, value << 1n) ^ (value >> 127n === 1n ? 0x87n : 0n)
  return Buffer.from(doubled.toString(16).padStart(2 * BLOCK, '0'), 'hex')
}
