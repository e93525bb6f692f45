import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createSender, type Parcel, type Sender } from '../support/sender.ts'
import { api, eventually } from './support/http.ts'
import { be2billDelivery, be2billFields } from './support/provider.ts'
import { directoryWithDatabase } from './support/prepared-cluster.ts'
import {
  cleanUp,
  emptyDirectory,
  inventedBy,
  startService,
  stopService,
  type AccountEntry,
  type RunningService,
} from './support/service.ts'

/** Nothing acknowledged is ever lost: the process may end between any two steps. */

afterEach(cleanUp)
afterAll(cleanUp)

const accountOf = (directory: string): AccountEntry =>
  inventedBy(directory).accounts.find(({ provider }) => provider === 'be2bill')!

function* payments(account: AccountEntry): Generator<Parcel, never> {
  for (let run = 1; ; run += 1) {
    const identity = `S${String(run).padStart(6, '0')}`
    const { path, headers, body } = be2billDelivery(account, be2billFields(identity, `O-${identity}`))
    yield { run, identity, kind: 'notification', digest: '', path, init: { method: 'POST', headers, body } }
  }
}

/** Payments on several lanes, until the sender is stopped. */
async function storm({ url }: RunningService, account: AccountEntry): Promise<Sender> {
  const sender = createSender({ traffic: payments(account), route: () => [url], seed: 1 })
  sender.start()
  await sender.acknowledged(100)
  return sender
}

const acknowledgedTo = ({ ledger }: Sender): string[] =>
  [...ledger.values()].filter(({ acknowledged }) => acknowledged > 0).map(({ parcel }) => parcel.identity)

/** What a failure of these tests wants to know first. */
const warnings = (service: RunningService): string =>
  service
    .output()
    .split('\n')
    .filter((line) => /"level":"(?:warn|error|fatal)"/.test(line))
    .join('\n')

async function expectAllKnown(service: RunningService, directory: string, references: readonly string[]) {
  const client = api(service.url, inventedBy(directory).apiKey)
  await eventually(async () => {
    const lost: string[] = []
    for (const reference of references) {
      const { status, body } = await client.get(`/v1/transactions/be2bill/shop-be2bill/${reference}`)
      if (status !== 200 || body['capturedTotal'] !== 12_390) lost.push(reference)
    }
    expect(lost, warnings(service)).toEqual([])
  })
  for (const reference of references) {
    const { body } = await client.get(`/v1/transactions/be2bill/shop-be2bill/${reference}/events`)
    expect(body['items']).toHaveLength(1)
  }
}

describe('the service', () => {
  it('survives kill -9 in the middle of a storm: what it acknowledged is there afterwards, once', async () => {
    const directory = await directoryWithDatabase()
    const first = await startService(directory)
    const invented = inventedBy(directory)
    const sender = await storm(first, accountOf(directory))
    first.signal('SIGKILL')
    expect(await first.ended).toBe('SIGKILL')
    await sender.stop()

    const second = await startService(directory)
    expect(inventedBy(directory)).toEqual(invented)
    await expectAllKnown(second, directory, acknowledgedTo(sender))
    expect(await stopService(second)).toBe(0)
  })

  it('drains on SIGTERM: what it took is stored, what it could not take is not acknowledged, and it exits 0', async () => {
    const directory = emptyDirectory()
    const first = await startService(directory)
    const sender = await storm(first, accountOf(directory))
    expect(await stopService(first)).toBe(0)
    await sender.stop()
    expect(sender.tally.improper).toEqual([])

    const second = await startService(directory)
    expect(first.output()).toContain('migrations applied')
    expect(second.output()).not.toContain('migrations applied')
    await expectAllKnown(second, directory, acknowledgedTo(sender))
  })
})
