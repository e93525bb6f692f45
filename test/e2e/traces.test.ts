import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { startTraceCollector } from '../support/trace-collector.ts'
import { cleanUp, emptyDirectory, startService, stopService } from './support/service.ts'

/** What a process loads, seen from inside it by Node's own hook, in every thread. */

afterAll(cleanUp)

/** Prints each module that is loaded and not the project's own. */
const HOOK = `
import { registerHooks } from 'node:module'
import { writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
registerHooks({
  load: (url, context, next) => {
    const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\/(?!.*node_modules)/.exec(url) ?? []
    if (name) writeSync(2, 'loaded ' + (isMainThread ? 'main ' : 'thread ') + name + '\\n')
    return next(url, context)
  },
})
`

/** By thread, the packages that a service with these settings loads from its start to its end. */
async function loadedBy(settings: Record<string, string>): Promise<{ main: string[]; thread: string[] }> {
  const directory = emptyDirectory()
  const hook = join(directory, 'hook.mjs')
  writeFileSync(hook, HOOK)
  const service = await startService(directory, {
    ...settings,
    NODE_OPTIONS: `--import=${pathToFileURL(hook).href}`,
  })
  await fetch(`${service.url}/nowhere`)
  expect(await stopService(service)).toBe(0)
  const output = service.output()
  const of = (thread: string): string[] => [
    ...new Set([...output.matchAll(new RegExp(`loaded ${thread} (\\S+)`, 'g'))].map(([, name = '']) => name)),
  ]
  return { main: of('main'), thread: of('thread') }
}

/** But its API, which prom-client brings along. */
const tracing = (names: readonly string[]): string[] =>
  names.filter((name) => name.startsWith('@opentelemetry/') && name !== '@opentelemetry/api')

describe('OpenTelemetry', () => {
  it('is loaded by no thread of a service without an endpoint', async () => {
    const { main, thread } = await loadedBy({ OTEL_SERVICE_NAME: 'named', OTEL_TRACES_SAMPLER: 'always_on' })
    // Both were looked at.
    expect(main).toContain('fastify')
    expect(thread).toContain('pg')
    expect(tracing([...main, ...thread])).toEqual([])
  }, 120_000)

  it('is loaded by both threads of a service with one, which exports before it ends', async () => {
    const collector = await startTraceCollector()
    const { main, thread } = await loadedBy({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
    for (const loaded of [main, thread]) expect(tracing(loaded)).toContain('@opentelemetry/sdk-trace')
    expect(collector.spans().map(({ name }) => name)).toEqual(['GET none'])
    await collector.close()
  }, 120_000)
})
