import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { api, eventually, post } from './support/http.ts'
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

/** Deliver one notification after the other on several lanes until the service is gone; what was acknowledged comes back. */
async function storm(
  service: RunningService,
  account: AccountEntry,
): Promise<{ acknowledged: string[]; done: Promise<void> }> {
  const acknowledged: string[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (;;) {
      const reference = `S${String((next += 1)).padStart(6, '0')}`
      try {
        const response = await post(
          service.url,
          be2billDelivery(account, be2billFields(reference, `O-${reference}`)),
        )
        if (response.status === 200) acknowledged.push(reference)
        await response.arrayBuffer()
      } catch {
        return
      }
    }
  }
  const lanes = Array.from({ length: 8 }, lane)
  await eventually(async () => {
    expect(acknowledged.length).toBeGreaterThan(100)
  })
  return { acknowledged, done: Promise.all(lanes).then(() => undefined) }
}

/** What a failure of these tests wants to know first. */
const warnings = (service: RunningService): string =>
  service
    .output()
    .split('\n')
    .filter((line) => /"level":[4-6]0/.test(line))
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
    const { acknowledged, done } = await storm(first, accountOf(directory))
    first.signal('SIGKILL')
    expect(await first.ended).toBe('SIGKILL')
    await done

    const second = await startService(directory)
    expect(inventedBy(directory)).toEqual(invented)
    await expectAllKnown(second, directory, acknowledged)
    expect(await stopService(second)).toBe(0)
  })

  it('drains on SIGTERM: what it took is stored, what it could not take is not acknowledged, and it exits 0', async () => {
    const directory = emptyDirectory()
    const first = await startService(directory)
    const { acknowledged, done } = await storm(first, accountOf(directory))
    expect(await stopService(first)).toBe(0)
    await done

    const second = await startService(directory)
    expect(first.output()).toContain('migrations applied')
    expect(second.output()).not.toContain('migrations applied')
    await expectAllKnown(second, directory, acknowledged)
  })
})
