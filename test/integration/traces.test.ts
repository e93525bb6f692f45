import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { providerOf } from '../../src/providers/registry.ts'
import { startTestService, type TestService, type TestServiceOptions } from '../support/service.ts'
import { startTraceCollector, type CollectedSpan, type TraceCollector } from '../support/trace-collector.ts'
import { until } from '../support/until.ts'
import { be2billFields } from '../support/wire.ts'

/** Spans as an endpoint receives them, of the whole service. */

let collector: TraceCollector
let service: TestService | undefined

beforeAll(async () => {
  collector = await startTraceCollector()
})
afterAll(async () => collector.close())
afterEach(async () => {
  await service?.stop()
  service = undefined
  collector.bodies.length = 0
  collector.requests.length = 0
  collector.answer(200)
})

const start = async (
  settings: Record<string, string> = {},
  options: TestServiceOptions = {},
): Promise<TestService> => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }
  service = await startTestService({ ...options, settings: { ...endpoint, ...settings } })
  return service
}

/** Whatever the service has to export it has exported when it has drained. */
const stopped = async (): Promise<CollectedSpan[]> => {
  await service?.stop()
  service = undefined
  return collector.spans()
}

const pay = async (to: TestService, id: string, headers: Record<string, string> = {}): Promise<Response> => {
  const account = to.account('be2bill', 'shop')
  const fields = be2billFields({ TRANSACTIONID: id, ORDERID: `O-${id}` })
  const { method, headers: own, body } = providerOf('be2bill')!.sign(fields, account, { method: 'POST' })
  const init = { method, headers: { ...own, ...headers }, body: new Uint8Array(body) }
  return fetch(`${to.url}/notifications/be2bill/shop`, init)
}

const named = (spans: readonly CollectedSpan[], name: string): CollectedSpan[] =>
  spans.filter((span) => span.name === name)

const ROUTE = 'POST /notifications/be2bill/:account'
const PARENT = { traceId: 'aaaabbbbccccddddaaaabbbbccccdddd', spanId: 'aaaabbbbccccdddd' }
const traceparent = (flags: string): string => `00-${PARENT.traceId}-${PARENT.spanId}-${flags}`

interface Line {
  msg: string
  traceId?: string
  route?: string
}
const lines = (of: TestService): Line[] =>
  of.logs.flatMap((written) =>
    written
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line),
  )

const figure = async (of: TestService, name: string): Promise<number> => {
  const text = await (await of.api('/metrics')).text()
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')[1] ?? 0,
  )
}

describe.each(['on', 'off'])('with the processing thread %s, the spans of a notification', (thread) => {
  it('are the request, and the batches of receipt and processing, which link it', async () => {
    const running = await start({ PROCESSING_THREAD: thread, OTEL_SERVICE_NAME: 'receiver-one' })
    expect((await pay(running, 'T1')).status).toBe(200)
    await running.settled()
    const logged = lines(running).find(({ msg }) => msg === 'message stored')
    const spans = await stopped()

    const [request] = named(spans, ROUTE)
    expect(request?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/notifications/be2bill/:account',
      'http.response.status_code': 200,
      'receiver.provider': 'be2bill',
      'receiver.account': 'shop',
    })
    const { traceId, spanId } = request!
    for (const name of ['store messages', 'process messages']) {
      const [batch, ...others] = named(spans, name)
      expect(others).toEqual([])
      expect(batch!.links).toMatchObject([{ traceId, spanId }])
      expect(batch!.traceId).not.toBe(traceId)
      expect(batch!.attributes).toEqual({ 'receiver.linked_messages': 1 })
    }
    expect(logged?.traceId).toBe(traceId)
    expect(new Set(spans.map((span) => span.service))).toEqual(new Set(['receiver-one']))
  })
})

describe('spans', () => {
  it('of batches link every message that they hold', async () => {
    const running = await start()
    const ids = Array.from({ length: 40 }, (_one, index) => `B${index}`)
    await Promise.all(ids.map(async (id) => pay(running, id)))
    await running.settled()
    const spans = await stopped()
    const requests = named(spans, ROUTE).map(({ spanId }) => spanId)
    expect(requests).toHaveLength(40)
    for (const name of ['store messages', 'process messages']) {
      const linked = named(spans, name).flatMap(({ links }) => links.map(({ spanId }) => spanId))
      expect(linked.toSorted()).toEqual(requests.toSorted())
    }
    expect(named(spans, 'store messages').length).toBeLessThan(40)
  })

  it('of messages that are read from the table are not there: nothing links them', async () => {
    const idle = await start({}, { idle: true })
    await pay(idle, 'C1')
    const database = idle.database
    await idle.service.drain()
    await idle.sql.end()
    service = undefined
    collector.bodies.length = 0
    const next = await start({}, { database })
    await next.settled()
    const spans = await stopped()
    expect(named(spans, 'process messages')).toEqual([])
    await database.drop()
  })

  it('of a failed batch say so by a code, and those of a 5xx are errors', async () => {
    const running = await start()
    await running.sql.query(
      `ALTER TABLE inbox_messages ADD CONSTRAINT refused CHECK (position('SECRETWORD'::bytea IN content) = 0)`,
    )
    expect((await pay(running, 'SECRETWORD')).status).toBe(503)
    const spans = await stopped()
    expect(named(spans, 'store messages')).toMatchObject([
      { status: 2, attributes: { 'error.type': '23514' } },
    ])
    expect(named(spans, ROUTE)).toMatchObject([
      { status: 2, attributes: { 'http.response.status_code': 503 } },
    ])
    expect(collector.bodies.join('')).not.toContain('SECRETWORD')
  })

  it('go where the endpoint for traces says, with the headers that are set', async () => {
    const running = await start({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/elsewhere`,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector-key,x-team=payments',
    })
    await running.api('/v1/transactions')
    await stopped()
    expect(collector.requests[0]).toMatchObject({
      path: '/elsewhere',
      headers: { authorization: 'Bearer collector-key', 'x-team': 'payments' },
    })
  })

  it('are not there for probes and scrapes, nor for calls without a known key', async () => {
    const running = await start()
    await fetch(`${running.url}/health`)
    await fetch(`${running.url}/metrics`)
    await fetch(`${running.url}/v1/transactions`)
    await running.api('/v1/transactions')
    expect((await stopped()).map(({ name }) => name)).toEqual(['GET /v1/transactions'])
  })
})

describe('a traceparent', () => {
  it('of a caller with a key is the parent', async () => {
    const running = await start()
    await running.api('/v1/orders/be2bill/shop/NONE', { headers: { traceparent: traceparent('01') } })
    const [span] = await stopped()
    const line = lines(running).find(({ msg }) => msg === 'request')
    expect(span).toMatchObject({
      name: 'GET /v1/orders/:provider/:account/:orderId',
      traceId: PARENT.traceId,
      parentSpanId: PARENT.spanId,
      attributes: { 'receiver.provider': 'be2bill', 'receiver.account': 'shop' },
    })
    expect(line?.traceId).toBe(PARENT.traceId)
  })

  it('that is not sampled, of a caller with a key, leaves the request without a span', async () => {
    const running = await start()
    await running.api('/v1/transactions', { headers: { traceparent: traceparent('00') } })
    expect(await stopped()).toEqual([])
    const line = lines(running).find(({ msg }) => msg === 'request')
    expect(line).toBeDefined()
    expect(line?.traceId).toBeUndefined()
  })

  it('of a notification, or of a path that is not known, is not believed', async () => {
    const running = await start({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' })
    await pay(running, 'N1', { traceparent: traceparent('01') })
    await fetch(`${running.url}/nowhere`, { headers: { traceparent: traceparent('01') } })
    await running.settled()
    expect(await stopped()).toEqual([])

    const other = await start()
    await pay(other, 'N2', { traceparent: traceparent('00') })
    await fetch(`${other.url}/nowhere`, { headers: { traceparent: traceparent('01') } })
    await other.settled()
    const spans = await stopped()
    expect(spans.map(({ name }) => name).toSorted()).toEqual([
      'GET none',
      ROUTE,
      'process messages',
      'store messages',
    ])
    expect(spans.map(({ traceId }) => traceId)).not.toContain(PARENT.traceId)
  })

  it('counts for nothing with the sampler always_off', async () => {
    const running = await start({ OTEL_TRACES_SAMPLER: 'always_off' })
    await running.api('/v1/transactions', { headers: { traceparent: traceparent('01') } })
    expect(await stopped()).toEqual([])
  })
})

describe('an endpoint', () => {
  it('that refuses disturbs no traffic: one line, a count, and one line when it is back', async () => {
    const running = await start()
    const failing = (): Line[] => lines(running).filter(({ msg }) => msg.startsWith('spans cannot'))
    collector.answer(400)
    expect((await pay(running, 'R1')).status).toBe(200)
    await running.settled()
    await until(async () => (await figure(running, 'receiver_spans_lost_total{reason="failed"}')) === 3, {
      what: 'all three spans are counted',
    })
    expect((await pay(running, 'R2')).status).toBe(200)
    await until(async () => (await figure(running, 'receiver_spans_lost_total{reason="failed"}')) === 6, {
      what: 'the spans of the second one are counted',
    })
    expect(failing()).toHaveLength(1)
    collector.answer(200)
    await pay(running, 'R3')
    await until(() => lines(running).some(({ msg }) => msg === 'spans are exported again'), {
      what: 'the endpoint is back',
    })
    expect(failing()).toHaveLength(1)
  })

  it('that is not there disturbs neither traffic nor the drain', async () => {
    // A port on which no process listens.
    const running = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
    const answers = await Promise.all(Array.from({ length: 30 }, async (_one, i) => pay(running, `G${i}`)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    await running.settled()
    const startedAt = performance.now()
    await stopped()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(running.logs.join('')).toContain('spans cannot be exported')
  })
})
