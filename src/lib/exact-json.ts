/** Most values of one text. An answer about twenty transactions has 2,000; 130,000 would take a second to read. */
export const JSON_VALUES_MAX = 20_000

/** The text is JSON, but longer than any message. */
export class TooManyValues extends Error {
  override readonly name = 'TooManyValues'
}

/**
 * JSON whose objects can be written again as they were: a number that a float would change keeps the text it was written as.
 * Only for `JSON.stringify`: such a number is no number any more. Throws `SyntaxError` or `RangeError`.
 */
export function parseRewritableJson(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: Source) =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
      ? rawJson(context.source)
      : value,
  ) as unknown
}

const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown }

interface Source {
  source?: string
}

/**
 * JSON whose numbers stay the text that they were written as: amounts and long identifiers must not pass through a
 * float. Throws `SyntaxError`, `RangeError` (nested too deeply for the machine) or `TooManyValues`.
 */
export function parseExactJson(text: string): unknown {
  let values = 0
  return JSON.parse(text, (_key, value: unknown, context?: Source) => {
    if (++values > JSON_VALUES_MAX) throw new TooManyValues(`more than ${JSON_VALUES_MAX} values`)
    return typeof value === 'number' ? (context?.source ?? String(value)) : value
  }) as unknown
}
