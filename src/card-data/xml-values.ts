import type { Field, FoundFields } from './fields.ts'
import type { Marks } from './marks.ts'
import { fits, idOf, type Dialect, type WrittenId } from './value-writing.ts'

/** An XML document. Replacements are written as character references, which every declared encoding can hold. */
export function xmlDialect(text: string): Dialect {
  return {
    visit,
    mayHoldJson: (document, start) => fits(JSON_START, document, start),
    isPlain: (raw) => !NOT_PLAIN.test(raw),
    read: (raw) => read(raw, encodingOf(text)),
    write: (value) =>
      value.replace(/[^\x20-\x7e]|[&<>"']/gu, (character) => `&#${character.codePointAt(0) ?? 0};`),
  }
}

const JSON_START = /\s*(?:<!\[CDATA\[\s*)?(?:[[{]|&)/y
const NOT_PLAIN = /[&<~\r\0\x80-\xff]|\d(?:[ -]?\d){12}/
const NAME_LENGTH_MAX = 128
const CDATA = '<![CDATA['
const COMMENT = '<!--'
const END_TAG = '</'
const CLOSING = 0x3e

/** Elements that the table names, wherever they stand, and the values of elements that hold nothing but text. */
function visit(text: string, { borders }: Marks, found: FoundFields): void {
  const elements = new NamedElements(text, found)
  /** Up to here the text has been read for values. */
  let read = 0
  for (const open of borders) {
    const nameEnd = endOfName(text, open + 1)
    if (nameEnd === open + 1) {
      if (open >= read) read = endOfPiece(text, open)
      continue
    }
    const field = found.fieldOf(text.slice(open + 1, nameEnd))
    if (field.stored !== 'keep') elements.add(field, open)
    if (open < read) continue
    const start = text.charCodeAt(nameEnd) === CLOSING ? nameEnd + 1 : startOfContent(text, nameEnd)
    read = start < 0 ? nameEnd : endOfText(text, start)
    if (start >= 0 && text.startsWith(END_TAG, read)) found.addValue(field, start, read)
  }
}

/** What stands behind a tag up to the next one, also inside a section or a comment. No part of the text is named or searched twice. */
class NamedElements {
  readonly #text: string
  readonly #found: FoundFields
  /** Of the last tag, and of what stands behind it. */
  #close = -1
  #start = 0
  #end = 0
  #sectionEnd = -1
  /** Up to here the text is named already, to be treated so. */
  readonly #named = { keep: 0, mask: 0, overwrite: 0 }

  constructor(text: string, found: FoundFields) {
    this.#text = text
    this.#found = found
  }

  add(field: Field, open: number): void {
    if (this.#close < open) this.#readBehind(open)
    const start = Math.max(this.#start, this.#named[field.stored])
    if (start >= this.#end) return
    this.#named[field.stored] = this.#end
    this.#found.addNamed(field, start, this.#end)
  }

  #readBehind(open: number): void {
    this.#close = positionOf(this.#text, '>', open)
    this.#start = this.#close + 1
    if (this.#text.startsWith(CDATA, this.#start)) {
      this.#start += CDATA.length
      if (this.#sectionEnd < this.#start) this.#sectionEnd = positionOf(this.#text, ']]>', this.#start)
      this.#end = Math.min(this.#sectionEnd, this.#text.length)
    } else this.#end = Math.min(positionOf(this.#text, '<', this.#start), this.#text.length)
  }
}

function positionOf(text: string, wanted: string, from: number): number {
  const at = text.indexOf(wanted, from)
  return at < 0 ? Infinity : at
}

/** Blanks, and what no name has in it. A byte of 0xa0 counts as a blank. */
const ENDS_NAME = new Uint8Array(0x100)
for (const character of '\t\n\v\f\r \xa0/?!<>') ENDS_NAME[character.charCodeAt(0)] = 1

function endOfName(text: string, from: number): number {
  let at = from
  while (at < text.length && at - from < NAME_LENGTH_MAX && ENDS_NAME[text.charCodeAt(at)] === 0) at++
  return at
}

/** Index after the tag that is open; negative when its element is empty. No value of an attribute has a `<`. */
function startOfContent(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at]
    if (character === '>') return text[at - 1] === '/' ? -1 : at + 1
    if (character === '<') return -1
    if (character === '"' || character === "'") {
      const quote = text.indexOf(character, at + 1)
      if (quote < 0) return -1
      at = quote
    }
  }
  return -1
}

/** The tag that ends a text with its sections and comments; no number when there is none. */
function endOfText(text: string, from: number): number {
  for (let at = text.indexOf('<', from); at >= 0;) {
    if (!text.startsWith('<!', at)) return at
    const end = endOfPiece(text, at)
    at = end === Infinity ? -1 : text.indexOf('<', end)
  }
  return Infinity
}

/** Behind a section or a comment, or inside any other tag; no number when a section or comment never ends. */
function endOfPiece(text: string, at: number): number {
  const close = text.startsWith(CDATA, at) ? ']]>' : text.startsWith(COMMENT, at) ? '-->' : null
  if (close === null) return at + 1
  const end = text.indexOf(close, at + COMMENT.length)
  return end < 0 ? Infinity : end + close.length
}

const PIECES = /<!\[CDATA\[([^]*?)\]\]>|<!--[^]*?-->|[^<]+/g

/** The text as the translation reads it: CDATA sections verbatim, the layout around them dropped. */
function read(raw: string, encoding: string): WrittenId | null {
  let literal: string | null = null
  let text = ''
  for (const [piece, section] of raw.matchAll(PIECES)) {
    const value = decoded(section ?? piece, encoding)
    if (value === null) return idOf(raw)
    if (section !== undefined) {
      literal = (literal ?? '') + unlessBlank(text) + value
      text = ''
    } else if (!piece.startsWith('<')) text += withoutReferences(value)
  }
  return literal === null ? text : literal + unlessBlank(text)
}

const unlessBlank = (text: string): string => (text.trim() === '' ? '' : text)

/** Null: the bytes are not valid in the encoding. */
function decoded(bytes: string, encoding: string): string | null {
  const text =
    encoding === 'utf-8' ? idOf(bytes) : new TextDecoder(encoding).decode(Buffer.from(bytes, 'latin1'))
  return typeof text === 'string' ? text.replace(/\r\n?/g, '\n') : null
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function withoutReferences(text: string): string {
  return text.replace(
    /&(?:#x([0-9A-Fa-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/g,
    (written, hex?: string, decimal?: string, name = '') => {
      if (hex === undefined && decimal === undefined) return NAMED[name as string] ?? ''
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
      // The reference names no character. Half a surrogate pair makes the text invalid in the same way.
      return point > 0x10ffff ? `\ud800${written}` : String.fromCodePoint(point)
    },
  )
}

const DECLARATION = /^\s*<\?xml\s[^<>]*?encoding\s*=\s*["']([^"']*)["']/
const SINGLE_BYTE: Readonly<Partial<Record<string, string>>> = {
  'iso-8859-1': 'windows-1252',
  'windows-1252': 'windows-1252',
  'iso-8859-15': 'iso-8859-15',
}

function encodingOf(text: string): string {
  return SINGLE_BYTE[DECLARATION.exec(text)?.[1]?.toLowerCase() ?? ''] ?? 'utf-8'
}
