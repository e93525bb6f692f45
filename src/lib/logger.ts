import { pino, type DestinationStream, type Logger } from 'pino'

export type { Logger }

/**
 * Fields that must never reach a log whatever object is handed in. Most of the protection is elsewhere (no body, no query
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

export function createLogger(options: { level: string; destination?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: REDACTED.flatMap((name) => [quote(name), `*${quote(name)}`, `*.*${quote(name)}`]),
        censor: '[redacted]',
      },
      serializers: { error: describeError, err: describeError },
    },
    options.destination ?? pino.destination({ sync: false }),
  )
}

const quote = (name: string): string => `["${name}"]`

interface DescribedError {
  name: string
  message: string
  code?: string
  stack?: string
  cause?: DescribedError
}

/**
 * An error for the log. Database errors carry row values in `detail`, `where` and sometimes `message`: of those only name
 * and SQLSTATE are kept.
 */
export function describeError(error: unknown): DescribedError {
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
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}

const isDatabaseError = (error: Error): boolean =>
  'severity' in error || error.name.startsWith('PrismaClient')
