import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** An endpoint that takes traces as OTLP over HTTP in JSON, and keeps what it was sent. */
export interface TraceCollector {
  url: string
  /** Every body, as it came. */
  bodies: string[]
  /** The path and the headers of every request. */
  requests: { path: string; headers: Record<string, unknown> }[]
  spans: () => CollectedSpan[]
  /** Answer with this status from now on, or not at all. */
  answer: (how: number | 'silence') => void
  close: () => Promise<void>
}

export interface CollectedSpan {
  name: string
  traceId: string
  spanId: string
  parentSpanId?: string
  attributes: Record<string, unknown>
  links: { traceId: string; spanId: string }[]
  /** 2: an error. */
  status: number | undefined
  service: unknown
}

interface KeyValue {
  key: string
  value: Record<string, unknown>
}

type OtlpSpan = Omit<CollectedSpan, 'attributes' | 'links' | 'status' | 'service'> & {
  attributes: KeyValue[]
  links: CollectedSpan['links']
  status: { code?: number }
}

interface OtlpTraces {
  resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: OtlpSpan[] }[] }[]
}

export async function startTraceCollector(): Promise<TraceCollector> {
  const bodies: string[] = []
  const requests: TraceCollector['requests'] = []
  let how: number | 'silence' = 200
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ path: request.url ?? '', headers: request.headers })
      if (how === 200) bodies.push(body)
      if (how !== 'silence') response.writeHead(how, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    requests,
    spans: () => bodies.flatMap((body) => spansIn(JSON.parse(body) as OtlpTraces)),
    answer: (next) => {
      how = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const spansIn = ({ resourceSpans }: OtlpTraces): CollectedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        attributes: valuesOf(span.attributes),
        status: span.status.code,
        service: valuesOf(resource.attributes)['service.name'],
      })),
    ),
  )

const valuesOf = (attributes: readonly KeyValue[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
