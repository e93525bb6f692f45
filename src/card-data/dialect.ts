import type { ByteText } from '../lib/byte-text.ts'
import { FORM } from './form-values.ts'
import type { Family } from './digits.ts'
import { JSON_TEXT } from './json-values.ts'
import type { Dialect } from './value-writing.ts'
import { xmlDialect } from './xml-values.ts'

/** The way in which a whole text writes its values. */
export function dialectOf(text: ByteText, family: Family): Dialect {
  if (family === 'xml') return xmlDialect(text)
  return family === 'json' ? JSON_TEXT : FORM
}
