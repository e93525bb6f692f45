import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { AppError, problem, retryAfterSeconds, type ErrorCode } from '../../lib/errors.ts'
import { SECURITY_HEADERS } from './security-headers.ts'

/** Every error leaves as application/problem+json with a code of the registry; nothing of a stack or of the input does. */
export const problems = fp(
  async (app: FastifyInstance) => {
    app.decorateReply('problemCode')
    app.setErrorHandler((error: FastifyError, request, reply) => {
      sendProblem(request, reply, toAppError(error))
    })
  },
  { name: 'problems' },
)

/** Fastify's own 404 repeats the URL, query string included. This one passes the hooks of its app. */
export function answerNotFound(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    sendProblem(request, reply, new AppError('not_found', 'Check the path; /docs lists all of them'))
  })
}

/** Answer with a problem, its Retry-After where waiting helps, and one log line for what is our fault. A drain is no fault. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: AppError): void {
  if (error.status >= 500 && error.code !== 'draining')
    request.log.error({ error, code: error.code, requestId: request.id }, 'request failed')
  const retryAfter = retryAfterSeconds(error.code)
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  reply.problemCode = error.code
  void reply
    .code(error.status)
    // No hook has run for a path that cannot even be read, and notifications run without those of the API.
    .headers(SECURITY_HEADERS)
    .headers(error.headers)
    .header('x-request-id', request.id)
    .type('application/problem+json')
    .send(JSON.stringify(problem(error.code, error.message, request.id)))
}

const VALID_JSON = 'Send a body that is valid JSON'
const PROTOTYPES =
  'Send no members called __proto__ or constructor.prototype; an answer of a provider that has them goes as text'

/** What Fastify itself refuses, in the words of the registry. */
const FRAMEWORK_ERRORS: Readonly<Record<string, [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'Send a smaller body, or raise BODY_LIMIT_BYTES'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Send application/json'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_json', VALID_JSON],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_json', 'Send a JSON body, or leave the content type out'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'Send a Content-Length that matches the body'],
  FST_ERR_BAD_URL: ['invalid_request', 'Escape the path correctly'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'Check the path; /docs lists all of them'],
}

export function toAppError(error: FastifyError | Error): AppError {
  if (error instanceof AppError) return error
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error)
  const { code, statusCode } = error as FastifyError
  const known = FRAMEWORK_ERRORS[code]
  if (known) return new AppError(known[0], known[1], { cause: error })
  if (error instanceof SyntaxError && statusCode === 400)
    return new AppError('invalid_json', /prototype/.test(error.message) ? PROTOTYPES : VALID_JSON)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AppError('invalid_request', 'The request could not be read; check its headers and body', {
      cause: error,
    })
  }
  return new AppError(
    'internal_error',
    'The failure was logged under this requestId; report it if it lasts',
    { cause: error },
  )
}

interface ZodIssue {
  keyword: string
  instancePath: string
  message?: string | undefined
  params: { keys?: readonly string[] }
}

interface ZodValidationError {
  validation: ZodIssue[]
  validationContext?: string | undefined
}

/** Name the field and the remedy, not the value. */
function invalidRequest(error: ZodValidationError): AppError {
  const where = error.validationContext ?? 'request'
  const details = error.validation.map((issue) => {
    const field = issue.instancePath.replace(/^\//, '').replaceAll('/', '.')
    return `${field === '' ? where : field}: ${wordsOf(issue)}`
  })
  return new AppError('invalid_request', details.join('; '))
}

/** Anything may have been sent where a name belongs, a card number too: only plain words are repeated. */
const PLAIN_NAME = /^[a-z_][a-z_-]{0,39}$/i

function wordsOf({ keyword, message, params }: ZodIssue): string {
  if (keyword !== 'unrecognized_keys') return message ?? 'is not valid'
  const names = (params.keys ?? []).filter((name) => PLAIN_NAME.test(name)).slice(0, 5)
  return `does not know ${names.length > 0 ? names.join(', ') : 'a name that was sent'}; /docs lists what there is`
}

declare module 'fastify' {
  interface FastifyReply {
    /** Of the problem that is answered; undefined: none. */
    problemCode?: ErrorCode
  }
}
