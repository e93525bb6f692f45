import { pino, type DestinationStream, type Logger } from 'pino'

export type { Logger }

/**
 * Fields that must never reach a log, in any object that is logged. Most of the protection is elsewhere (no body, no query
 * string and no header is ever passed to the logger); this is the net below it.
 */
const REDACTED = [
  'authorization',
  'x-allopass-signature',
  'signature',
  'secret',
  'secrets',
  'value',
  'content',
  'body',
]

const CENSOR = '[redacted]'

/**
 * Lines are written together, and within a tenth of a second. What is left is written when the process exits.
 */
const BUFFERED = { sync: false, minLength: 8_192, periodicFlush: 100 }

/** Objects inside a line's fields are looked through this far. */
const REDACTED_DEPTH = 2

export function createLogger(options: { level: string; destination?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // pino's own redaction goes through every path for every line: a tenth of what a notification costs.
      formatters: { level: (name) => ({ level: name }), log: withoutNestedSecrets },
      serializers: { error: serialize, err: serialize, ...CENSORED },
      hooks: {
        logMethod(call, log) {
          log.apply(this, withOwnWords(call))
        },
      },
    },
    options.destination ?? pino.destination(BUFFERED),
  )
}

/** Whole lines that a logger of another thread has written, to the same destination. */
export function writeLines(logger: Logger, lines: string): void {
  const { [pino.symbols.streamSym]: destination } = logger as unknown as {
    [pino.symbols.streamSym]: DestinationStream
  }
  destination.write(lines)
}

// pino hands its serializers more than the value.
const serialize = (error: unknown): DescribedError => describeError(error)

type LogCall = Parameters<Logger['info']>

/** pino takes an error's message for the line's own (and so do libraries that hand it both): there too it must be safe. */
function withOwnWords(call: LogCall): LogCall {
  const [first, message, ...rest] = call as unknown[]
  const fields =
    first instanceof Error ? { err: first } : (first as { err?: unknown; error?: unknown } | null)
  const error = fields?.err ?? fields?.error
  if (!(error instanceof Error) || (message !== undefined && message !== error.message)) return call
  return [fields, describeError(error).message, ...rest] as unknown as LogCall
}

/** A field of such a name, of a line or of a child logger. */
const CENSORED = Object.fromEntries(REDACTED.map((name) => [name, () => CENSOR]))

/** The same fields, the objects among them without what must not be shown. */
function withoutNestedSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  return mapped(fields, (_name, value) => withoutSecrets(value, REDACTED_DEPTH))
}

/** Errors are described by their serializer. */
function withoutSecrets(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || depth === 0) return value
  return mapped(value as Record<string, unknown>, (name, inner) =>
    Object.hasOwn(CENSORED, name) ? CENSOR : withoutSecrets(inner, depth - 1),
  )
}

/** Copied only where something changes. */
function mapped(
  fields: Record<string, unknown>,
  change: (name: string, value: unknown) => unknown,
): Record<string, unknown> {
  let changed = fields
  for (const name in fields) {
    const value = change(name, fields[name])
    if (value !== fields[name]) changed = { ...changed, [name]: value }
  }
  return changed
}

interface DescribedError {
  name: string
  message: string
  code?: string
  stack?: string
  cause?: DescribedError
}

/** Causes of causes are followed this far; an error may even be its own. */
const CAUSES_MAX = 5

/**
 * An error for the log. Database errors carry row values in `detail`, `where` and sometimes `message`: of those only name
 * and SQLSTATE are kept.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { name: 'NonError', message: typeof error }
  const { code } = error as { code?: unknown }
  const known = typeof code === 'string' ? { code } : {}
  if (isDatabaseError(error))
    return { name: error.name, message: 'the database refused a statement', ...known }
  return {
    name: error.name,
    message: error.message,
    ...known,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...causeOf(error, depth),
  }
}

const causeOf = ({ cause }: Error, depth: number): { cause?: DescribedError } =>
  cause === undefined || depth >= CAUSES_MAX ? {} : { cause: describeError(cause, depth + 1) }

const isDatabaseError = (error: Error): boolean =>
  'severity' in error || error.name.startsWith('PrismaClient')
