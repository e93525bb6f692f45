/**
 * Finding card data in the raw text of a message without decoding it: form, XML and JSON are scanned as they came,
 * because the stored text must keep its length. Every pass is linear; bytes are read as latin1, one per character.
 */

import type { ByteText } from '../lib/byte-text.ts'
import { digitTokens, type DigitToken, type Family, type Span } from './digits.ts'
import { hiddenDigits } from './mask.ts'

export const STAR = 0x2a
export const ZERO = 0x30
const QUOTE = 0x22
/** The text under work; copies the buffer only when something has to be overwritten. */
export class Eraser {
  readonly text: string
  readonly family: Family
  readonly #original: Buffer
  #copy: Buffer | null = null
  readonly #names = new Set<string>()
  #spared: readonly Span[] = []

  constructor(content: Buffer) {
    this.#original = content
    this.text = content.toString('latin1')
    this.family = familyOf(this.text)
  }

  /** Ranges that are never overwritten; sorted, without overlaps. */
  spare(spans: readonly Span[]): void {
    this.#spared = spans
  }

  overwrite(name: string, start: number, end: number, filler: number = STAR): void {
    let from = start
    for (let next = this.#firstSparedBehind(start); from < end; next++) {
      const [spared, behind] = this.#spared[next] ?? [end, end]
      if (from < spared) this.#fill(name, from, Math.min(spared, end), filler)
      from = Math.max(from, behind)
    }
  }

  #firstSparedBehind(position: number): number {
    let [low, high] = [0, this.#spared.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#spared[middle]?.[1] ?? 0) <= position) low = middle + 1
      else high = middle
    }
    return low
  }

  #fill(name: string, start: number, end: number, filler: number): void {
    this.#copy ??= Buffer.from(this.#original)
    for (let at = start; at < end; at++) this.#copy[at] = filler
    this.#names.add(name)
  }

  result(): { content: Buffer; scrubbed: string[] } {
    return {
      content: this.#copy ?? this.#original,
      scrubbed: [...new Set(Array.from(this.#names, readableName))],
    }
  }
}

const readableName = (name: ByteText): string => Buffer.from(name, 'latin1').toString('utf8')

function familyOf(text: string): Family {
  const first = /[^\s\xef\xbb\xbf]/.exec(text)?.[0]
  if (first === '<') return 'xml'
  return first === '{' || first === '[' ? 'json' : 'form'
}

const MASKED = /^(?:\**|[*xX]{3,}|\s*)$/

export function eraseValue(
  eraser: Eraser,
  name: string,
  treatment: 'keep' | 'mask' | 'overwrite',
  span: Span,
): void {
  if (treatment === 'keep') return
  const [start, end] = span
  if (treatment === 'overwrite') {
    // The sender, or an earlier pass, has masked this value already.
    if (!MASKED.test(eraser.text.slice(start, end))) eraser.overwrite(name, start, end)
    return
  }
  maskMiddle(eraser, name, digitTokens(eraser.text, eraser.family, start, end))
}

/** A bare JSON number has to stay JSON: as a string of stars, or, masked, with zeros in the middle. */
export function eraseNumber(eraser: Eraser, name: string, treatment: 'mask' | 'overwrite', span: Span): void {
  const [start, end] = span
  if (treatment === 'mask') {
    maskMiddle(eraser, name, digitTokens(eraser.text, eraser.family, start, end), ZERO)
  } else if (end - start === 1) {
    eraser.overwrite(name, start, end, ZERO)
  } else {
    eraser.overwrite(name, start, end)
    eraser.overwrite(name, start, start + 1, QUOTE)
    eraser.overwrite(name, end - 1, end, QUOTE)
  }
}

export function maskMiddle(
  eraser: Eraser,
  name: string,
  digits: readonly DigitToken[],
  filler: number = STAR,
): void {
  for (const { start, end } of hiddenDigits(digits)) eraser.overwrite(name, start, end, filler)
}
