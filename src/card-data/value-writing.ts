import { isUtf8 } from 'node:buffer'
import type { ByteText } from '../lib/byte-text.ts'
import { ID_LENGTH_MAX } from './identifiers.ts'

/** An id as its reader takes it; as bytes where these are no UTF-8. */
export type WrittenId = string | Uint8Array

/** Told every value with its name; the positions are those of the value as written. */
export type OnValue = (name: string, start: number, end: number) => void

/** How one family of texts writes values: exactly as the translations read them, so that what is written back reads the same. */
export interface Dialect {
  /**
   * True: the text has no thirteen digits in a row, however written, and nothing else for which an id is replaced. Nearly
   * every message is so.
   */
  isCertainlyPlain(text: ByteText): boolean
  /** Every value at the text's own level. Total and linear. */
  visit(text: ByteText, onValue: OnValue): void
  /** False: the value at that position is certainly no JSON text. */
  mayHoldJson(text: ByteText, start: number): boolean
  /** True: read, the value has no digits, signs or bytes for which an id is replaced. */
  isPlain(raw: ByteText): boolean
  /** Null: the value cannot be read, nor can its message. */
  read(raw: ByteText): WrittenId | null
  write(text: string): ByteText
}

export function idOf(bytes: ByteText): WrittenId {
  const buffer = Buffer.from(bytes, 'latin1')
  return isUtf8(buffer) ? buffer.toString('utf8') : buffer
}

/** Whether no two borders, nor the ends of the text, are further apart than an id is kept long. */
export function hasShortParts(text: ByteText, border: string): boolean {
  for (let start = 0; start + ID_LENGTH_MAX < text.length;) {
    const end = text.indexOf(border, start)
    if (end < 0 || end - start > ID_LENGTH_MAX) return false
    start = end + border.length
  }
  return true
}

/** Whether a pattern with the flag `y` fits at a position. */
export function fits(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}
