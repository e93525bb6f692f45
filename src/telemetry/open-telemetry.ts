import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanContext,
  type Tracer as SpanStarter,
} from '@opentelemetry/api'
import { ExportResultCode, parseTraceParent, type ExportResult } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  TracerProvider,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'
import { describeError } from './logger.ts'
import type { RequestSpan, TraceOptions, Tracer, TracerServices } from './tracer.ts'

/** Traces by OpenTelemetry. Loaded only where an endpoint is set (compose/services.ts). */

/** Spans that wait for the endpoint; about 2 kB each. */
const WAITING_MAX = 2_048
const EXPORTED_TOGETHER = 256
const EXPORT_EVERY_MS = 1_000
/** With all retries. A drain waits once for it at most. */
const EXPORT_TIMEOUT_MS = 3_000
/** The exporter's own answer comes before: a drain that ended sooner would not count what was lost. */
const GIVEN_UP_MS = 2 * EXPORT_TIMEOUT_MS

export function startTracing(options: TraceOptions, services: TracerServices): Tracer {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': options.serviceName }),
    // Unsampled requests create no span.
    sampler: new AlwaysOnSampler(),
    spanProcessors: [boundedExport(options, services)],
  })
  const spans = provider.getTracer('payment-notification-receiver')
  const isSampled = (parent: SpanContext | null): boolean =>
    options.followsCaller && parent !== null
      ? (parent.traceFlags & TraceFlags.SAMPLED) !== 0
      : services.random() < options.share
  return {
    isOn: true,
    startRequest: (traceparent) => {
      const parent = traceparent === undefined ? null : parseTraceParent(traceparent)
      if (!isSampled(parent)) return undefined
      return requestSpan(spans.startSpan('request', { kind: SpanKind.SERVER }, contextOf(parent)))
    },
    inBatch: async (name, messages, work) => {
      const requests = messages.flatMap(({ trace }) => (trace === undefined ? [] : [trace]))
      return requests.length === 0 ? work() : inSpan(batchSpan(spans, name, requests), work)
    },
    // What could not be exported is counted.
    close: async () => provider.shutdown().catch(() => undefined),
  }
}

const contextOf = (parent: SpanContext | null): Context =>
  parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true })

function requestSpan(span: Span): RequestSpan {
  const { traceId, spanId } = span.spanContext()
  return {
    traceId,
    traceparent: `00-${traceId}-${spanId}-01`,
    end: ({ method, route, status, account }) => {
      span.updateName(`${method} ${route}`)
      span.setAttributes({
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
        ...(account && { 'receiver.provider': account.provider, 'receiver.account': account.account }),
      })
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}

/** A trace of its own: a batch belongs to all its requests alike. */
function batchSpan(spans: SpanStarter, name: string, requests: readonly string[]): Span {
  const links = requests.flatMap((traceparent) => {
    const context = parseTraceParent(traceparent)
    return context === null ? [] : [{ context }]
  })
  const attributes = { 'receiver.linked_messages': links.length }
  return spans.startSpan(name, { kind: SpanKind.INTERNAL, links, attributes }, ROOT_CONTEXT)
}

async function inSpan<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // A message may quote what it refuses.
    const { code, name } = describeError(error)
    span.setAttribute('error.type', code ?? name)
    span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}

/** Exports in batches; what the endpoint does not take, or not fast enough, is counted and dropped. */
function boundedExport(options: TraceOptions, services: TracerServices): SpanProcessor {
  const exporter = new OTLPTraceExporter({
    url: options.endpoint,
    headers: { ...options.headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
    // Given, or the exporter would look for certificates in the environment.
    httpAgentOptions: { keepAlive: true },
  })
  const { metrics } = services
  const report = reportFailures(services)
  let waiting = 0
  const counting: SpanExporter = {
    export: (batch, answer) => {
      exporter.export(batch, (result) => {
        waiting -= batch.length
        if (result.code === ExportResultCode.FAILED) metrics.spansLost.inc({ reason: 'failed' }, batch.length)
        report(result)
        // The failure is dealt with; one of them would end a drain before the others are counted.
        answer({ code: ExportResultCode.SUCCESS })
      })
    },
    shutdown: async () => exporter.shutdown(),
  }
  const batches = new BatchSpanProcessor({
    exporter: counting,
    maxQueueSize: WAITING_MAX,
    maxExportBatchSize: EXPORTED_TOGETHER,
    scheduledDelayMillis: EXPORT_EVERY_MS,
    exportTimeoutMillis: GIVEN_UP_MS,
  })
  return {
    onStart: () => undefined,
    onEnd: (span) => {
      if (waiting >= WAITING_MAX) {
        metrics.spansLost.inc({ reason: 'full' })
        return
      }
      waiting += 1
      batches.onEnd(span)
    },
    forceFlush: async () => batches.forceFlush(),
    shutdown: async () => batches.shutdown(),
  }
}

/** One line when the endpoint begins to fail, and one when it is back. */
function reportFailures({ logger }: TracerServices): (result: ExportResult) => void {
  let isFailing = false
  return ({ code, error }) => {
    const fails = code === ExportResultCode.FAILED
    if (fails && !isFailing) logger.warn({ error }, 'spans cannot be exported; they are counted and dropped')
    if (!fails && isFailing) logger.info('spans are exported again')
    isFailing = fails
  }
}
