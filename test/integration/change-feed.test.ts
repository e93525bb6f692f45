import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChangeFeed, type ChangeFeed } from '../../src/db/change-feed.ts'
import { createTestDatabase, runSql, type TestDatabase } from '../support/database.ts'
import { createHandClock, type HandClock } from '../support/hand-clock.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

/** A server that falls silent closes nothing: the feed has to find out by itself. */

let database: TestDatabase
let proxy: TcpProxy
let feed: ChangeFeed
let clock: HandClock
let gaps: number
let errors: unknown[]
let heard: string[]

beforeEach(async () => {
  database = await createTestDatabase()
  const url = new URL(database.url)
  proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
  url.port = String(proxy.port)
  clock = createHandClock()
  gaps = 0
  errors = []
  heard = []
  feed = createChangeFeed({
    databaseUrl: url.href,
    clock,
    onTopics: (topics) => heard.push(...topics),
    onGap: () => {
      gaps += 1
    },
    onError: (error) => errors.push(error),
  })
})
afterEach(async () => {
  await proxy.close()
  await feed.stop()
  await database.drop()
})

const PATIENT = { timeout: 20_000 }

const tell = async (topic: string): Promise<void> =>
  runSql(database.url, `SELECT pg_notify('receiver_saved', '${topic}')`)

describe('a feed whose server falls silent', () => {
  it('while it listens notices it, and listens again on another connection', async () => {
    feed.start()
    await expect.poll(() => gaps, PATIENT).toBe(1)
    proxy.silence()
    await clock.advance(30_000)
    await expect.poll(() => errors.length, PATIENT).toBe(1)
    proxy.mend()
    await clock.advance(1_000)
    await expect.poll(() => gaps, PATIENT).toBe(2)
    await tell('again')
    await expect.poll(() => heard, PATIENT).toEqual(['again'])
  })

  it('before it has connected gives up, and tries again', async () => {
    proxy.silence()
    feed.start()
    await expect.poll(() => errors.length, PATIENT).toBe(1)
    proxy.mend()
    await clock.advance(1_000)
    await expect.poll(() => gaps, PATIENT).toBe(1)
  })

  it('that answers is asked again and again on one connection', async () => {
    feed.start()
    await expect.poll(() => gaps, PATIENT).toBe(1)
    for (let turn = 0; turn < 3; turn += 1) {
      await clock.advance(30_000)
      await tell(String(turn))
      await expect.poll(() => heard.length, PATIENT).toBe(turn + 1)
    }
    expect({ gaps, errors }).toEqual({ gaps: 1, errors: [] })
  })
})
