import type { ByteText } from '../lib/byte-text.ts'
import { memoizeByName } from '../lib/memoize.ts'
import { plainName } from './plain-name.ts'
import { ruleFor, sameName, type Treatment } from './rules.ts'

/** How a field is treated by its name, as a form or a document writes it. */
export interface Field {
  /** Without percent-encoding. */
  name: string
  stored: Treatment
  kind: 'id' | 'list' | 'text'
  /** The name as names compare. */
  same: string
}

export const fieldOf = memoizeByName((written): Field => {
  const name = plainName(written)
  const rule = ruleFor(name)
  return { name, stored: ruleFor(written)?.stored ?? 'keep', kind: kindOf(rule), same: sameName(name) }
})

const kindOf = (rule: ReturnType<typeof ruleFor>): Field['kind'] =>
  rule?.identifier !== true ? 'text' : rule.list === true ? 'list' : 'id'

/** A value and its place in the text. */
export interface FieldValue {
  field: Field
  kind: Field['kind']
  start: number
  end: number
}

/** What has to be looked at closely of a text, in the order of the text. */
export class FoundFields {
  /** Values of which the table of rules says that they are masked or overwritten. */
  readonly named: FieldValue[] = []
  /** Ids, and texts that may be JSON in which ids stand. */
  readonly doubtful: FieldValue[] = []
  readonly #text: ByteText
  readonly #isDoubtful: (text: ByteText, start: number) => boolean
  readonly #alsoIds: readonly string[]

  readonly fieldOf: (written: string) => Field

  /**
   * `alsoIds`: names of further fields that hold ids. `mayHoldJson`: false for a value that certainly is none. `treats`: how a field
   * is treated by its name; without it as the table of rules says.
   */
  constructor(
    text: ByteText,
    mayHoldJson: (text: ByteText, start: number) => boolean,
    { alsoIds = [], treats = fieldOf }: { alsoIds?: readonly string[]; treats?: (written: string) => Field },
  ) {
    this.fieldOf = treats
    this.#text = text
    this.#isDoubtful = mayHoldJson
    this.#alsoIds = alsoIds.map(sameName)
  }

  addNamed(field: Field, start: number, end: number): void {
    if (field.stored !== 'keep') this.named.push({ field, kind: field.kind, start, end })
  }

  addValue(field: Field, start: number, end: number): void {
    const kind = field.kind === 'text' && this.#alsoIds.includes(field.same) ? 'id' : field.kind
    if (kind !== 'text' || this.#mayHoldJson(start)) this.doubtful.push({ field, kind, start, end })
  }

  /** No JSON text begins with a letter or a digit, and nearly every value does. */
  #mayHoldJson(start: number): boolean {
    const code = this.#text.charCodeAt(start)
    return (
      (code < 0x30 || code > 0x7a || (code > 0x39 && code < 0x41) || (code > 0x5a && code < 0x61)) &&
      this.#isDoubtful(this.#text, start)
    )
  }
}
