import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestService, type TestService } from '../../support/service.ts'
import { hipayFields } from '../../support/wire.ts'

let service: TestService

beforeAll(async () => {
  service = await startTestService({ idle: true, settings: { LOG_LEVEL: 'info', TRUST_PROXY: '1' } })
})
afterAll(async () => {
  await service.stop()
})

/** Every one from an address of its own, so that the limit of an address says nothing. */
const forge = async (number: number): Promise<Response> =>
  fetch(`${service.url}/notifications/hipay/shop`, {
    method: 'POST',
    headers: {
      'x-allopass-signature': 'f'.repeat(64),
      'x-forwarded-for': `198.51.${Math.floor(number / 250)}.${number % 250}`,
    },
    body: `status=118&transaction_reference=${930_000_000_000 + number}`,
  })

describe('a flood of forgeries', () => {
  it('waits for its answers and fills no log, while a notification is taken at once', async () => {
    const answered = new Set<number>()
    const flood = Array.from({ length: 500 }, async (_, number) => {
      const { status } = await forge(number)
      answered.add(number)
      return status
    })
    // Its burst is used up: the others stand in line.
    await expect.poll(() => answered.size, { timeout: 20_000 }).toBeGreaterThanOrEqual(200)
    const fields = hipayFields({ transaction_reference: '930999999999' })
    const verified = await service.notify('hipay', 'shop', fields)
    expect(verified.status).toBe(200)
    expect(answered.size).toBeLessThan(flood.length)
    expect(new Set(await Promise.all(flood))).toEqual(new Set([401]))
    const rejected = service.logs.filter((line) => line.includes('message rejected'))
    expect(rejected.length).toBeGreaterThanOrEqual(100)
    expect(rejected.length).toBeLessThan(400)
    expect(service.logs.length - rejected.length).toBeLessThan(50)
  })
})
