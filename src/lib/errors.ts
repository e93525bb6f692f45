/**
 * The registry of everything that can go wrong at an edge: code → HTTP status, title and whether the caller should try
 * again. docs/failure-modes.md has a heading for each code; a test holds the two together.
 */
interface ErrorSpec {
  status: number
  title: string
  /** Seconds for Retry-After: the same request may succeed later. */
  retryAfter?: number
}

export const ERROR_CODES = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  missing_parameters: { status: 400, title: 'The notification carries no parameters' },
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  signature_invalid: { status: 401, title: 'The notification is not signed by a known secret' },
  unauthorized: { status: 401, title: 'The API key is missing or unknown' },
  forbidden: { status: 403, title: 'The API key does not have the role this call needs' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  unknown_account: { status: 404, title: 'No such provider or account is configured' },
  unknown_transaction: { status: 404, title: 'No transaction has this reference' },
  unknown_order: { status: 404, title: 'No message names this order' },
  unknown_expectation: { status: 404, title: 'No expectation has this id' },
  unknown_discrepancy: { status: 404, title: 'No discrepancy has this id' },
  unknown_message: { status: 404, title: 'No message has this id' },
  unknown_replay: { status: 404, title: 'No replay has this id' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  discrepancy_changed: { status: 409, title: 'The discrepancy shows something else by now' },
  discrepancy_settled: { status: 409, title: 'Evidence has settled the discrepancy already' },
  idempotency_conflict: { status: 409, title: 'The Idempotency-Key was used for something else' },
  expectation_conflict: { status: 409, title: 'The same was announced in other words' },
  plan_outdated: { status: 409, title: 'The plan was made for other messages' },
  payload_too_large: { status: 413, title: 'The body is larger than this service accepts' },
  unsupported_content_encoding: { status: 415, title: 'Compressed bodies are not accepted' },
  unsupported_media_type: { status: 415, title: 'The media type is not accepted here' },
  invalid_time: { status: 422, title: 'The time cannot be true' },
  invalid_reference: { status: 422, title: 'The provider issues no such reference' },
  response_not_correlatable: { status: 422, title: 'The response cannot be tied to any payment' },
  too_many_requests: { status: 429, title: 'Too many requests', retryAfter: 30 },
  internal_error: { status: 500, title: 'The service failed' },
  storage_unavailable: { status: 503, title: 'The database cannot take the message now', retryAfter: 10 },
  acknowledge_timeout: { status: 503, title: 'The message could not be stored in time', retryAfter: 10 },
  overloaded: { status: 503, title: 'More is waiting to be stored than the service accepts', retryAfter: 5 },
  draining: { status: 503, title: 'This instance is shutting down', retryAfter: 5 },
  /** Not answers: why a stored message is parked. */
  unreadable_message: { status: 200, title: 'A verified message could not be read' },
  processing_failed: { status: 200, title: 'A message failed in processing again and again' },
  data_key_missing: { status: 200, title: 'A stored body is sealed by a key that is not here' },
  content_altered: { status: 200, title: 'A sealed body is not the one that was stored' },
  content_purged: { status: 200, title: 'A stored body was deleted by retention' },
} as const satisfies Record<string, ErrorSpec>

export type ErrorCode = keyof typeof ERROR_CODES

/**
 * The one error class that carries a code to the edge. `detail` names the field or account and the remedy; it must never
 * hold card data, a secret, SQL or a stack.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; headers?: Record<string, string> } = {},
  ) {
    super(detail, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'AppError'
    this.code = code
    this.headers = options.headers ?? {}
  }

  get status(): number {
    return ERROR_CODES[this.code].status
  }
}

/** RFC 9457 body of an error. */
export interface Problem {
  type: string
  title: string
  status: number
  code: ErrorCode
  detail: string
  requestId: string
}

/** Shape an error for the wire. `type` is a name and no address; docs/failure-modes.md has a heading for each code. */
export function problem(code: ErrorCode, detail: string, requestId: string): Problem {
  const { status, title } = ERROR_CODES[code]
  return { type: `urn:problem:${code}`, title, status, code, detail, requestId }
}

/** Seconds after which the same request may succeed, for Retry-After; undefined when waiting does not help. */
export function retryAfterSeconds(code: ErrorCode): number | undefined {
  const spec: ErrorSpec = ERROR_CODES[code]
  return spec.retryAfter
}
