import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tracesOf } from '../../../src/config/trace-settings.ts'
import { loadSettings, type Environment } from '../../../src/config/settings.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { startTracing } from '../../../src/telemetry/open-telemetry.ts'
import type { Tracer } from '../../../src/telemetry/tracer.ts'
import { NO_FIGURES, SILENT } from '../../support/services.ts'
import { startTraceCollector, type TraceCollector } from '../../support/trace-collector.ts'

/** The tracer with its real exporter, against an endpoint of the test's. */

let collector: TraceCollector
beforeEach(async () => {
  collector = await startTraceCollector()
})
afterEach(async () => collector.close())

const metrics = createMetrics(NO_FIGURES)

const tracer = (environment: Environment, random = (): number => 0): Tracer => {
  const options = tracesOf(loadSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...environment }))
  return startTracing(options!, { metrics, logger: SILENT, random })
}

const ANSWER = { method: 'GET', route: '/x', status: 200, account: undefined }
const parent = (flags: string): string => `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-${flags}`

describe('a request', () => {
  it.each([
    ['always_on', { none: true, sampled: true, unsampled: true }],
    ['always_off', { none: false, sampled: false, unsampled: false }],
    ['parentbased_always_on', { none: true, sampled: true, unsampled: false }],
    ['parentbased_always_off', { none: false, sampled: true, unsampled: false }],
  ])('is sampled by %s as OpenTelemetry says', async (OTEL_TRACES_SAMPLER, expected) => {
    const traces = tracer({ OTEL_TRACES_SAMPLER })
    expect({
      none: traces.startRequest() !== undefined,
      sampled: traces.startRequest(parent('01')) !== undefined,
      unsampled: traces.startRequest(parent('00')) !== undefined,
    }).toEqual(expected)
    await traces.close()
  })

  it('is sampled by its share', async () => {
    const drawn = [0, 0.24, 0.25, 0.99]
    const traces = tracer(
      { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
      () => drawn.shift()!,
    )
    const sampled = [1, 2, 3, 4].map(() => traces.startRequest() !== undefined)
    expect(sampled).toEqual([true, true, false, false])
    await traces.close()
  })

  it.each(['', 'nonsense', parent('01').slice(0, -1), `ff${parent('01').slice(2)}`, `00-${'0'.repeat(32)}`])(
    'begins a trace of its own where its traceparent is %j',
    async (traceparent) => {
      const traces = tracer({})
      const span = traces.startRequest(traceparent)
      expect(span?.traceId).toMatch(/^[\da-f]{32}$/)
      expect(span?.traceId).not.toBe('ab'.repeat(16))
      expect(span?.traceparent).toContain(span!.traceId)
      await traces.close()
    },
  )
})

describe('spans that an endpoint does not answer for', () => {
  it('wait up to a bound, and neither they nor a drain wait for ever', async () => {
    collector.answer('silence')
    const traces = tracer({})
    for (let sent = 0; sent < 3_000; sent += 1) traces.startRequest()?.end(ANSWER)
    expect((await metrics.expose()).text).toContain('receiver_spans_lost_total{reason="full"} 952')
    const startedAt = performance.now()
    await traces.close()
    expect(performance.now() - startedAt).toBeLessThan(8_000)
    expect((await metrics.expose()).text).toContain('receiver_spans_lost_total{reason="failed"} 2048')
  }, 20_000)
})

it('the names of attributes are all that a span says beside its route', async () => {
  const traces = tracer({})
  traces
    .startRequest()
    ?.end({ ...ANSWER, account: { provider: 'hipay', account: 'shop', secret: 'no' } as never })
  await traces.close()
  const [span] = collector.spans()
  expect(span?.name).toBe('GET /x')
  expect(Object.keys(span?.attributes ?? {}).toSorted()).toEqual([
    'http.request.method',
    'http.response.status_code',
    'http.route',
    'receiver.account',
    'receiver.provider',
  ])
})
