import type { FastifyInstance } from 'fastify'
import { parseRewritableJson } from '../../lib/exact-json.ts'

/**
 * A forwarded answer is an object of the request and becomes text again: its numbers stay what was written, because ids may be
 * longer than a float holds.
 */
export function keepNumbersOfBody(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    void parse(request, text, (error, parsed: unknown) => {
      done(error, error === null && hasObject(parsed) ? { ...parsed, body: bodyOf(text, parsed) } : parsed)
    })
  })
}

const hasObject = (parsed: unknown): parsed is { body: object } =>
  typeof parsed === 'object' &&
  parsed !== null &&
  'body' in parsed &&
  typeof parsed.body === 'object' &&
  parsed.body !== null

/** Nested too deeply to be read in this way, it is refused by its schema. */
function bodyOf(text: string, { body }: { body: object }): unknown {
  try {
    return (parseRewritableJson(text) as { body: unknown }).body
  } catch {
    return body
  }
}
