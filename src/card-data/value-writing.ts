import { isUtf8 } from 'node:buffer'
import type { ByteText } from '../lib/byte-text.ts'
import type { FoundFields } from './fields.ts'
import type { Marks } from './marks.ts'

/** An id as its reader decodes it; its bytes where they are no UTF-8. */
export type WrittenId = string | Uint8Array

/** How one family of texts writes values: exactly as the translations read them, so that what is written back reads the same. */
export interface Dialect {
  /** Find every value at the text's own level. Total and linear. */
  visit(text: ByteText, marks: Marks, found: FoundFields): void
  /** False: the value at that position is certainly no JSON text. */
  mayHoldJson: (text: ByteText, start: number) => boolean
  /** True: read, the value has no digits, signs or bytes for which an id is replaced. */
  isPlain(raw: ByteText): boolean
  /** Null: the value cannot be read; then the whole message is unreadable. */
  read(raw: ByteText): WrittenId | null
  write(text: string): ByteText
}

export function idOf(bytes: ByteText): WrittenId {
  const buffer = Buffer.from(bytes, 'latin1')
  return isUtf8(buffer) ? buffer.toString('utf8') : buffer
}

/** Whether a sticky pattern (flag `y`) matches at a position. */
export function fits(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}
