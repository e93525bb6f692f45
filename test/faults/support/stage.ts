import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { expect } from 'vitest'
import { SEED } from '../../support/form.ts'
import { audit, cutOff, lostSoFar } from './audit.ts'
import { countAudit, type Figures } from './figures.ts'
import { createPostgresServer, type PostgresServer } from './postgres-server.ts'
import { createPlace, endService, startService, type Place, type ServiceProcess } from './service-process.ts'
import { createSender, type Sender, type SenderOptions } from '../../support/sender.ts'
import { createTraffic } from './traffic.ts'
import { until } from '../../support/until.ts'

/** A database, services on it, and a sender. */
export interface Stage {
  server: PostgresServer
  /** A new place for a service; `databaseUrl` leads past the server's own address, through a proxy. */
  place: (settings?: Readonly<Record<string, string>>, databaseUrl?: string) => Promise<Place>
  start: (place: Place) => Promise<ServiceProcess>
  /** Begin to send; each sender has histories of its own. */
  send: (options: Pick<SenderOptions, 'route'> & Partial<SenderOptions>) => Sender
  /** Fails when something acknowledged is not in the database. */
  expectNothingLost: () => Promise<void>
  /** Fails when something was stored and its sender got no answer. */
  expectNothingCutOff: () => Promise<void>
  /** Have everything acknowledged, then lay the books side by side; `shiftMs`: what the services take for the time. */
  expectBooksEqual: (figures: Figures, shiftMs?: number) => Promise<void>
  /** What waits now is processed, although more keeps coming. */
  caughtUp: () => Promise<void>
  close: () => Promise<void>
}

/** Runs of two senders must not meet. */
const RUNS_APART = 1_000_000

export async function createStage(server?: PostgresServer): Promise<Stage> {
  const home = await mkdtemp(join(tmpdir(), 'receiver-stage-'))
  await chmod(home, 0o711)
  const postgres = server ?? (await createPostgresServer())
  const services: ServiceProcess[] = []
  const senders: Sender[] = []
  let places = 0
  const ledger = (): Sender['ledger'] => new Map(senders.flatMap((sender) => [...sender.ledger]))
  return {
    server: postgres,
    place: async (settings = {}, databaseUrl = postgres.serviceUrl) =>
      createPlace(join(home, String((places += 1))), databaseUrl, { SWEEP_INTERVAL: '1s', ...settings }),
    start: async (place) => {
      const service = await startService(place)
      services.push(service)
      return service
    },
    send: (options) => {
      const seed = SEED + senders.length
      const traffic = createTraffic(seed, 1 + senders.length * RUNS_APART)
      const sender = createSender({ traffic, seed, ...options })
      senders.push(sender)
      sender.start()
      return sender
    },
    expectNothingLost: async () => {
      expect(await lostSoFar(postgres.sql, ledger())).toEqual([])
    },
    expectNothingCutOff: async () => {
      expect(await cutOff(postgres.sql, ledger())).toEqual([])
    },
    expectBooksEqual: async (figures, shiftMs) => {
      await Promise.all(senders.map(async (sender) => sender.finish()))
      const books = await audit(postgres.sql, ledger(), shiftMs)
      countAudit(figures, books)
      expect(senders.flatMap(({ tally }) => tally.improper)).toEqual([])
      expect(books).toMatchObject({ lost: [], doubled: [], differing: [] })
      expect(books.messages).toBeGreaterThan(0)
    },
    caughtUp: async () => caughtUp(postgres.sql),
    close: async () => {
      await Promise.all(senders.map(async (sender) => sender.stop()))
      await Promise.all(services.map(endService))
      await postgres.remove()
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function caughtUp(sql: Pool): Promise<void> {
  const { rows } = await sql.query<{ id: string }>('SELECT inbox_id AS id FROM inbox_queue')
  const ids = rows.map(({ id }) => id)
  const left = async (): Promise<number | null> =>
    (await sql.query('SELECT FROM inbox_queue WHERE inbox_id = ANY ($1::uuid[])', [ids])).rowCount
  await until(async () => (await left()) === 0, { what: 'what waited is processed' })
}
