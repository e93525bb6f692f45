import type { Counters } from './counters.ts'
import type { Logger } from './logger.ts'

/**
 * Traces, as the parts of the service see them. What a span says is decided here and in open-telemetry.ts: a method, a route's
 * pattern, a status, a configured account; never a URL, a query, an id of a path, a header or a body.
 */
export interface Tracer {
  readonly isOn: boolean
  /**
   * The span of a request; undefined when it is not sampled, which is decided before anything is built. `traceparent`: of a
   * caller with a known API key.
   */
  startRequest(traceparent?: string): RequestSpan | undefined
  /** Run `work` in a span that links the requests of these messages; without one when none of them is sampled. */
  inBatch<T>(name: BatchName, messages: readonly Traced[], work: () => Promise<T>): Promise<T>
  /** Export what has ended, within a bound. */
  close(): Promise<void>
}

export type BatchName = 'store messages' | 'process messages'

export interface RequestSpan {
  readonly traceId: string
  /** W3C traceparent; stored with the message so that its batches can link to it. */
  readonly traceparent: string
  /** `account`: a configured one. */
  end(answer: { method: string; route: string; status: number; account: TracedAccount | undefined }): void
}

export type TracedAccount = Record<'provider' | 'account', string>

/** `trace`: traceparent of the request that brought it; undefined: not sampled, or read from the table. */
interface Traced {
  trace?: string | undefined
}

export interface TraceOptions {
  /** The URL that takes OTLP over HTTP in JSON. */
  endpoint: string
  headers: Readonly<Record<string, string>>
  serviceName: string
  /** Whether the decision of a caller with a known API key counts. */
  followsCaller: boolean
  /** Share of requests to sample when the caller does not decide, 0 to 1. */
  share: number
}

export interface TracerServices {
  metrics: Pick<Counters, 'spansLost'>
  logger: Logger
  /** From 0 to below 1. */
  random: () => number
}

/** No endpoint is set. */
export const NO_TRACES: Tracer = {
  isOn: false,
  startRequest: () => undefined,
  inBatch: async (_name, _messages, work) => work(),
  close: async () => undefined,
}
