import { atMost, FLAWS_MAX, notWellFormed } from './xml-limits.ts'
import { NAME_PART } from './xml-tags.ts'

/** Counts characters and references that XML does not allow: a few do not hide a payment, many make the document unreadable. */
export class Flaws {
  seen = false
  /** The document has some of the characters that XML does not allow. */
  readonly #any: boolean
  readonly #flaw = atMost(FLAWS_MAX, 'forbidden characters')

  /** `document` was decoded from bytes: lone surrogates cannot stand in it. */
  constructor(document: string) {
    this.#any = FORBIDDEN.test(document)
  }

  note(): void {
    this.#flaw()
    this.seen = true
  }

  /** Counts the forbidden characters of a piece of the document. */
  check(piece: string): void {
    if (!this.#any) return
    for (const _ of piece.matchAll(EACH_FORBIDDEN)) this.note()
  }
}

const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/
const EACH_FORBIDDEN = new RegExp(FORBIDDEN, 'g')

/** Text with its references decoded, once. Unknown names stay as written; what stands for no character is U+FFFD. */
export function dereferenced(text: string, flaws: Flaws): string {
  if (!text.includes('&')) return text
  return text.replaceAll(/&([^;]*)(;?)/g, (written, reference: string, end: string) => {
    if (end === '') notWellFormed()
    return PREDEFINED.get(reference) ?? numbered(reference, flaws) ?? unknown(written, reference, flaws)
  })
}

const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

/** Null: the reference is not numeric. */
function numbered(reference: string, flaws: Flaws): string | null {
  const [, hex, decimal] = /^#(?:x([\dA-Fa-f]+)|(\d+))$/.exec(reference) ?? []
  if (hex === undefined && decimal === undefined) return null
  const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  const character = point > LAST_POINT ? '\ufffd' : String.fromCodePoint(point)
  if (ALLOWED.test(character) && point <= LAST_POINT) return character
  flaws.note()
  return character === '\0' || !character.isWellFormed() ? '\ufffd' : character
}

const LAST_POINT = 0x10ffff
const ALLOWED = /[\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

function unknown(written: string, reference: string, flaws: Flaws): string {
  if (!ENTITY_NAME.test(reference)) notWellFormed()
  flaws.note()
  return written
}

const ENTITY_NAME = new RegExp(`^${NAME_PART}$`, 'u')
