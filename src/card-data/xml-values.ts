import { fits, hasShortParts, idOf, type Dialect, type OnValue, type WrittenId } from './value-writing.ts'

/** An XML document. What is written back are references, whatever encoding it declares. */
export function xmlDialect(text: string): Dialect {
  return {
    isCertainlyPlain: (document) =>
      !SIGNS.test(document) && !DIGITS.test(document) && hasShortParts(document, '</'),
    visit,
    mayHoldJson: (document, start) => fits(JSON_START, document, start),
    isPlain: (raw) => !NOT_PLAIN.test(raw),
    read: (raw) => read(raw, encodingOf(text)),
    write: (value) =>
      value.replace(/[^\x20-\x7e]|[&<>"']/gu, (character) => `&#${character.codePointAt(0) ?? 0};`),
  }
}

const JSON_START = /\s*(?:<!\[CDATA\[\s*)?(?:[[{]|&)/y
const SIGNS = /[~\0\x80-\xff]|&#|\\u/
const DIGITS = /\d(?:[ -]?\d){12}/
const NOT_PLAIN = /[&<~\r\0\x80-\xff]|\d(?:[ -]?\d){12}/
const NAME = /<([^\s/?!<>]{1,128})/y
const CDATA = '<![CDATA['
const COMMENT = '<!--'

/** Elements that hold nothing but text. */
function visit(text: string, onValue: OnValue): void {
  for (let at = text.indexOf('<'); at >= 0;) {
    NAME.lastIndex = at
    const name = NAME.exec(text)?.[1]
    const start = name === undefined ? -1 : startOfContent(text, at + name.length + 1)
    const end = start < 0 ? endOfPiece(text, at) : endOfText(text, start)
    if (end < 0) return
    if (name !== undefined && start >= 0 && text.startsWith('</', end)) onValue(name, start, end)
    at = text.indexOf('<', end)
  }
}

/** Behind the tag that is open; negative when its element is empty. No value of an attribute has a `<`. */
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

/** The tag that ends a text with its sections and comments; negative when there is none. */
function endOfText(text: string, from: number): number {
  for (let at = text.indexOf('<', from); at >= 0;) {
    if (!text.startsWith('<!', at)) return at
    const end = endOfPiece(text, at)
    at = end < 0 ? -1 : text.indexOf('<', end)
  }
  return -1
}

/** Behind a section or a comment, or inside any other tag; negative when a section or comment never ends. */
function endOfPiece(text: string, at: number): number {
  const close = text.startsWith(CDATA, at) ? ']]>' : text.startsWith(COMMENT, at) ? '-->' : null
  if (close === null) return at + 1
  const end = text.indexOf(close, at + COMMENT.length)
  return end < 0 ? -1 : end + close.length
}

const PIECES = /<!\[CDATA\[([^]*?)\]\]>|<!--[^]*?-->|[^<]+/g

/** As the reader does it: sections are taken to the letter, the layout around them is dropped. */
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

/** Null: the bytes are none of the encoding. */
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
      // No character at all: half of one makes it no valid text either.
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
