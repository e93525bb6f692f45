import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Values that occur nowhere by chance, one for each kind of data, and how to find them again in whatever shape. */

/** Kinds of data, as the table of docs/threat-model.md names them. */
export const MARKS = {
  'card number': '5105105105105100',
  'security code': 'QzCvv9',
  'card token': 'qztoken0123456789abcdef0123456789abcdef',
  authentication: 'QzProofAAABBBCCC',
  'bank account': 'QzIban7612345000',
  secret: 'QzSecretOfOurs',
  person: 'QzHolderOfACard',
  'name of a thing': 'QzOrder',
  "merchant's field": 'QzMerchantsOwn',
  'rest of a request': 'QzStrayText',
} as const
export type Mark = keyof typeof MARKS

export const PLACES = [
  'database',
  'its log',
  'API',
  'log',
  'traces',
  'metrics',
  'errors',
  'commands',
] as const
export type Place = (typeof PLACES)[number]

/** Where each kind of data may be. Fails when the table knows other kinds or places than the test. */
export function readDataTable(): Record<Mark, Place[]> {
  const page = readFileSync(join(import.meta.dirname, '../../docs/threat-model.md'), 'utf8')
  const section = page.split('\n## ').find((part) => part.startsWith('Where data may be')) ?? ''
  const [head = [], , ...rows] = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  const [, ...places] = head
  if (places.join() !== PLACES.join()) throw new Error(`the table has the columns ${places.join()}`)
  const entries = rows.map(([what = '', ...cells]) => {
    if (!cells.every((cell) => cell === 'yes' || cell === '–')) throw new Error(`unclear: ${what}`)
    return [/`([^`]+)`/.exec(what)?.[1], PLACES.filter((_, index) => cells[index] === 'yes')] as const
  })
  const kinds = entries.map(([kind]) => kind).toSorted()
  if (kinds.join() !== Object.keys(MARKS).toSorted().join())
    throw new Error(`the table has the rows ${kinds.join()}`)
  return Object.fromEntries(entries) as Record<Mark, Place[]>
}

/** A text as it is, and as a reader who undoes its encodings reads it. */
export function readings(text: string): string[] {
  const unhexed = text.replaceAll(/\\x((?:[0-9a-f]{2})+)/g, (_, hex: string) =>
    Buffer.from(hex, 'hex').toString('latin1'),
  )
  const decoded = unhexed
    .replaceAll(
      /%([0-9A-Fa-f]{2})|&#x([0-9A-Fa-f]{1,4});|\\+u00([0-9A-Fa-f]{2})/g,
      (_, ...hex: (string | undefined)[]) => String.fromCharCode(parseInt(hex.slice(0, 3).join(''), 16)),
    )
    .replaceAll(/&#(\d{1,4});/g, (_, code: string) => String.fromCharCode(Number(code)))
  return [text, decoded, decoded.replaceAll(/(?<=\d)[ +-](?=\d)/g, '')]
}

const AROUND = 60

/** The mark with what surrounds it; null when no reading holds it, in base64 neither. */
export function findMark(mark: string, texts: readonly string[]): string | null {
  for (const text of texts) {
    for (const form of [mark, ...base64Forms(mark)]) {
      const at = text.indexOf(form)
      if (at >= 0) return text.slice(Math.max(0, at - AROUND), at + form.length + AROUND)
    }
  }
  return null
}

/** The characters of base64 that depend on nothing but the mark, for each of its three places among others. */
const base64Forms = (mark: string): string[] =>
  [0, 1, 2].map((before) => {
    const text = Buffer.from('\0'.repeat(before) + mark).toString('base64')
    const first = Math.ceil((before * 8) / 6)
    const last = Math.floor(((before + mark.length) * 8) / 6)
    return text.slice(first, last)
  })
