import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inForm, LONG_ONLY } from '../support/form.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { API_KEY } from './support/accounts.ts'
import { countFault, createFigures, keepFigures } from './support/figures.ts'
import { isReady, type Place, type ServiceProcess } from './support/service-process.ts'
import type { Entry, Sender } from '../support/sender.ts'
import { createStage, type Stage } from './support/stage.ts'
import { until } from '../support/until.ts'

/** SIGTERM: what was accepted is finished and answered, what was claimed is given back, and the process ends soon. */

/** The process gives up after 20 seconds; what takes longer hangs. */
const BOUND_MS = 25_000

const figures = createFigures('drain')
let stage: Stage
let places: Place[]
let services: ServiceProcess[]
let sender: Sender

beforeAll(async () => {
  stage = await createStage()
  places = await Promise.all([stage.place(), stage.place()])
  services = await Promise.all(places.map(stage.start))
  sender = stage.send({ route: nextOne })
})
beforeEach(async () => {
  services = await Promise.all(
    services.map(async (service, index) => (service.isRunning() ? service : stage.start(places[index]!))),
  )
  await sender.acknowledged(50)
})
afterAll(async () => {
  keepFigures(figures)
  await stage.close()
})

let turn = 0
/** A load balancer that knows nothing: each in turn, so that what failed goes to the other one next. */
function nextOne(): string[] {
  turn += 1
  return [places[turn % places.length]!.url]
}

/** SIGTERM, and how it ended. */
async function drain(service: ServiceProcess): Promise<number | string> {
  const startedAt = performance.now()
  service.signal('SIGTERM')
  await until(() => !service.isRunning(), { withinMs: BOUND_MS, what: () => `it ends:\n${service.output()}` })
  countFault(figures, 'SIGTERM', performance.now() - startedAt)
  return service.ended
}

const ask = async (service: ServiceProcess, path: string): Promise<Response> =>
  fetch(service.url + path, { headers: { authorization: `Bearer ${API_KEY}` } })

/** A notification that was acknowledged: sending it again changes nothing but a count. */
const someNotification = (): Entry =>
  [...sender.ledger.values()].find(
    ({ acknowledged, parcel }) => acknowledged > 0 && parcel.kind === 'notification',
  )!

/** Send the headers and wait until the service has read them; the answer comes once the body is sent. */
async function beginRequest(url: string, { parcel }: Entry) {
  const { method, headers, body } = parcel.init
  const text = Buffer.from(body as Uint8Array)
  const sending = request(url + parcel.path, {
    method,
    headers: { ...headers, 'content-length': text.length, expect: '100-continue' },
  })
  // It may be cut off before the test waits for its answer.
  sending.on('error', () => undefined)
  sending.flushHeaders()
  await once(sending, 'continue')
  return {
    finish: async (): Promise<{ status: number | undefined; text: string }> => {
      sending.end(text)
      const [answer] = (await once(sending, 'response')) as [import('node:http').IncomingMessage]
      return { status: answer.statusCode, text: Buffer.concat(await answer.toArray()).toString() }
    },
    abandon: () => sending.destroy(),
  }
}

/** Until it refuses new work: the drain has begun. */
const refuses = async (service: ServiceProcess): Promise<number> =>
  until(async () => !(await isReady(service.url)), { what: 'the drain begins' })

describe('a service that is told to stop', () => {
  it('leaves a rolling restart under load without a loss and without another 5xx than 503', async () => {
    for (let round = 0; round < inForm(2, 30); round += 1) {
      const index = round % places.length
      expect(await drain(services[index]!)).toBe(0)
      services[index] = await stage.start(places[index]!)
      await sender.acknowledged(100)
    }
    expect(sender.tally.improper).toEqual([])
    await stage.expectNothingLost()
  })

  it('answers a request whose body comes later, and one that waits for news', async () => {
    const [service] = services as [ServiceProcess]
    const entry = someNotification()
    const { finish } = await beginRequest(service.url, entry)
    const waiting = ask(service, '/v1/transactions/be2bill/shop/unknown?wait=20')
    await ask(service, '/health/live')
    const ended = drain(service)
    expect((await waiting).status).toBe(404)
    await refuses(service)
    entry.attempts += 1
    expect(await finish()).toEqual({ status: 200, text: 'OK' })
    entry.acknowledged += 1
    expect(await ended).toBe(0)
  })

  it('finishes or gives back what it has claimed when another transaction holds its batch up', async () => {
    const { sql } = stage.server
    const holder = await sql.connect()
    await holder.query('BEGIN; LOCK TABLE transactions IN EXCLUSIVE MODE')
    await until(
      async () => {
        const { rowCount } = await sql.query(
          `SELECT FROM pg_stat_activity a JOIN pg_locks claim USING (pid)
           WHERE usename = 'service' AND wait_event_type = 'Lock'
             AND claim.relation = 'inbox_queue'::regclass AND claim.mode = 'RowShareLock'`,
        )
        return rowCount === services.length
      },
      { what: 'both replicas wait in the middle of a batch' },
    )
    const ended = drain(services[0]!)
    // The long form lets it wait until it gives up.
    await inForm(refuses(services[0]!), ended)
    await holder.query('ROLLBACK')
    holder.release()
    expect(await ended).toBe(0)
    await stage.caughtUp()
  })

  it('ends although a client never finishes its request', LONG_ONLY, async () => {
    const { abandon } = await beginRequest(services[0]!.url, someNotification())
    await drain(services[0]!)
    abandon()
  })

  it('ends although its database fell silent', LONG_ONLY, async () => {
    const url = new URL(stage.server.serviceUrl)
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
    url.port = String(proxy.port)
    const service = await stage.start(await stage.place({}, url.href))
    proxy.silence()
    await drain(service)
    await proxy.close()
  })
})

describe('both books', () => {
  it('are equal after all of it, no answer was cut off, and the state is what the messages come to', async () => {
    await stage.expectBooksEqual(figures)
    await stage.expectNothingCutOff()
  })
})
