import { JSON_VALUES_MAX, TooManyValues } from './exact-json.ts'

/** A number as it was written: 1 and 1.0 are two texts, and long ones must not pass through a float. */
class Numeral {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

interface Source {
  source?: string
}

/**
 * JSON in which equal content is equal text: the members of objects stand in the order of their names, without blanks between
 * them, and numbers stay the text that they were written as. Null: the text is no JSON, or longer or deeper than any message.
 */
export function canonicalJson(text: string): string | null {
  try {
    return written(parsed(text))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError || error instanceof TooManyValues)
      return null
    throw error
  }
}

function parsed(text: string): unknown {
  let values = 0
  return JSON.parse(text, (_name, value: unknown, context?: Source) => {
    if (++values > JSON_VALUES_MAX) throw new TooManyValues(`more than ${JSON_VALUES_MAX} values`)
    return typeof value === 'number' ? new Numeral(context?.source ?? String(value)) : value
  }) as unknown
}

function written(value: unknown): string {
  if (value instanceof Numeral) return value.source
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value as Record<string, unknown>)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${written(member)}`)
  return `{${members.join(',')}}`
}
