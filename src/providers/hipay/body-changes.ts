import type { ByteText } from '../../lib/byte-text.ts'
import { bytesOfText, escaped, unescaped, withoutDoubleUtf8 } from '../../lib/byte-text.ts'
import type { Change } from '../changed-text.ts'

/** What frameworks and proxies make of a body before it is verified, and how to undo it. */

const UNCHANGED = 'let the framework or proxy in front pass the bytes on unchanged, before it parses them'

/** `query`: of the request that the body came with. */
export const bodyChanges = (query: ByteText): Change[] => [
  ...REENCODINGS.map(([what, undo]) => ({
    cause: 'reencoded_body' as const,
    remedy: `the body was ${what}: ${UNCHANGED}`,
    undo,
  })),
  ...MERGES.map((undo) => ({
    cause: 'merged_parameters' as const,
    remedy: `the body holds parameters that were not signed, as if query and body had been merged: ${UNCHANGED}`,
    undo: (text: ByteText): ByteText => undo(text, query),
  })),
]

const BOM = '\xef\xbb\xbf'

const REENCODINGS: readonly (readonly [string, (text: ByteText) => ByteText])[] = [
  ['decoded and encoded again in another way', (text) => mapParts(text, (part) => escaped(unescaped(part)))],
  ['decoded', (text) => mapParts(text, escaped)],
  [
    'decoded and encoded again with its blanks as plus signs',
    (text) => mapParts(text, (part) => escaped(unescaped(part).replaceAll('+', ' '))),
  ],
  ['converted from ISO 8859-1 to UTF-8', withoutDoubleUtf8],
  ['converted from UTF-8 to ISO 8859-1', bytesOfText],
  ['given a byte order mark', (text) => (text.startsWith(BOM) ? text.slice(BOM.length) : text)],
  ['robbed of its byte order mark', (text) => (text.startsWith(BOM) ? text : BOM + text)],
  ['indented: its XML was read and written again', withoutLayout],
]

/** Every name and value of a form. XML and JSON stay as they are. */
function mapParts(text: ByteText, map: (part: ByteText) => ByteText): ByteText {
  if (/^\s*[<{[]/.test(text)) return text
  return text
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0 ? map(pair) : `${map(pair.slice(0, equals))}=${map(pair.slice(equals + 1))}`
    })
    .join('&')
}

/** XML without blanks between its tags. */
function withoutLayout(text: ByteText): ByteText {
  if (!text.startsWith('<')) return text
  return text
    .split('>')
    .map((part) => (/^\s*</.test(part) || /^\s*$/.test(part) ? part.trimStart() : part))
    .join('>')
}

/** A query of a notification URL holds few. */
const MERGED_MAX = 16

/** Merged at either end: what the query names; else each number of parameters that it may have been. */
const MERGES: readonly ((text: ByteText, query: ByteText) => ByteText)[] = [
  (text, query) => {
    const names = new Set(query === '' ? [] : query.split('&').map(nameIn))
    return text
      .split('&')
      .filter((pair) => !names.has(nameIn(pair)))
      .join('&')
  },
  ...Array.from({ length: MERGED_MAX }, (_, index) => [
    (text: ByteText) => without(text, (pairs) => pairs.slice(index + 1)),
    (text: ByteText) => without(text, (pairs) => pairs.slice(0, -index - 1)),
  ]).flat(),
]

const nameIn = (pair: ByteText): ByteText => unescaped(pair.split('=', 1)[0] ?? '')

function without(text: ByteText, keep: (pairs: ByteText[]) => ByteText[]): ByteText {
  const kept = keep(text.split('&'))
  return kept.length === 0 ? text : kept.join('&')
}
