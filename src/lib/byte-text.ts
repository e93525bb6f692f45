import { isUtf8 } from 'node:buffer'

/**
 * Text of the wire, byte for byte. What is signed is bytes, and a form may mix escapes and raw bytes inside one character:
 * here nothing knows a character set before `textOf`.
 */

/** Text whose every character (U+0000–U+00FF) stands for one byte: it sorts, compares and hashes bytewise. */
export type ByteText = string

/** Bytes of a buffer as `ByteText`. */
export function bytesOf(content: Buffer): ByteText {
  return content.toString('latin1')
}

/** UTF-8 bytes of ordinary text (a configured secret, a field to sign). */
export function bytesOfText(text: string): ByteText {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** Bytes that were taken for characters and written as UTF-8 once more, as they were before; unchanged where they cannot have been. */
export function withoutDoubleUtf8(bytes: ByteText): ByteText {
  const characters = Buffer.from(bytes, 'latin1').toString('utf8')
  return /[^\0-\xff]/.test(characters) ? bytes : characters
}

/** Readable text: UTF-8, whatever cannot be stored in a text column replaced by U+FFFD. */
export function textOf(bytes: ByteText): string {
  if (ASCII.test(bytes)) return bytes
  return storable(Buffer.from(bytes, 'latin1').toString('utf8'))
}

const ASCII = /^[\x01-\x7f]*$/

/** Bytes for people to read: as UTF-8 where they are, else one character for each byte. */
export function readableText(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
}

/** PostgreSQL refuses U+0000, JSON lone surrogates: one such character must not cost the whole message. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}

const SPACE = 0x20

/** Percent-encoding as PHP's `urlencode`: everything but letters, digits and `-_.`, blanks as `+`. */
export function escaped(bytes: ByteText): ByteText {
  return bytes.replace(/[^0-9A-Za-z._-]/g, (byte) => ESCAPES[byte.charCodeAt(0)] ?? '')
}

const ESCAPES = Array.from({ length: 0x100 }, (_, byte) =>
  byte === SPACE ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
)

/** Percent-decoding as PHP does it: `+` is a blank, an ill-formed escape stands for itself. One pass: every message pays. */
export function unescaped(raw: ByteText): ByteText {
  const first = raw.search(ESCAPE)
  if (first < 0) return raw
  let decoded = ''
  let copied = 0
  for (let at = first; at < raw.length; at++) {
    const code = raw.charCodeAt(at)
    if (code !== PLUS && code !== PERCENT) continue
    const byte = code === PLUS ? SPACE : byteWritten(raw, at + 1)
    if (byte < 0) continue
    decoded += raw.slice(copied, at) + String.fromCharCode(byte)
    if (code === PERCENT) at += 2
    copied = at + 1
  }
  return decoded + raw.slice(copied)
}

const ESCAPE = /[%+]/
const PLUS = 0x2b
const PERCENT = 0x25

/** The byte that two hexadecimal digits spell; negative when they are not two such digits. */
export function byteWritten(raw: ByteText, at: number): number {
  const high = DIGITS[raw.charCodeAt(at)] ?? -1
  const low = DIGITS[raw.charCodeAt(at + 1)] ?? -1
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

/** Value of a hexadecimal digit by its character code; -1 for every other character. */
const DIGITS = Int8Array.from({ length: 0x100 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()),
)
