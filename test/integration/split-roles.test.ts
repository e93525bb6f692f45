import { afterAll, beforeAll, expect, it } from 'vitest'
import { createChangeFeed, STORED, type ChangeFeed } from '../../src/db/change-feed.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields } from '../support/wire.ts'

/** A receiver and what a worker of another process hears of it. */

let receiver: TestService
let feed: ChangeFeed
const listening = Promise.withResolvers<undefined>()
const heard = Promise.withResolvers<readonly string[]>()

beforeAll(async () => {
  receiver = await startTestService({ settings: { ROLE: 'receiver' } })
  feed = createChangeFeed({
    databaseUrl: receiver.database.url,
    clock: systemClock,
    onTopics: heard.resolve,
    onGap: () => {
      listening.resolve(undefined)
    },
    onError: () => undefined,
  })
  feed.start()
  await listening.promise
})
afterAll(async () => {
  await feed.stop()
  await receiver.stop()
})

it('a receiver without a worker tells those of other processes what it stored, and processes nothing', async () => {
  expect((await receiver.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'T1' }))).status).toBe(200)
  expect(await heard.promise).toContain(STORED)
  const { rows } = await receiver.sql.query('SELECT attempts FROM inbox_queue')
  expect(rows).toEqual([{ attempts: 0 }])
})
