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
  it('waits for its answers, or loses its connections, and fills no log, while a notification is taken at once', async () => {
    const flood = Array.from({ length: 1_500 }, async (_, number) => forge(number))
    // Once its burst is used up the others stand in line.
    await Promise.any(
      flood.map(
        async (answer) =>
          (await answer).headers.get('connection') === 'close' || Promise.reject(new Error('not yet')),
      ),
    )
    const known = new Set<number>()
    flood.forEach((answer, number) => void answer.then(() => known.add(number)))
    const verified = await service.notify(
      'hipay',
      'shop',
      hipayFields({ transaction_reference: '930999999999' }),
    )
    expect(verified.status).toBe(200)
    expect(known.size).toBeLessThan(flood.length)
    const answers = await Promise.all(flood)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    const closed = answers.filter(({ headers }) => headers.get('connection') === 'close')
    expect(closed.length).toBeGreaterThan(0)
    expect(closed.length).toBeLessThanOrEqual(1_100)
    const rejected = service.logs.filter((line) => line.includes('message rejected'))
    expect(rejected.length).toBeGreaterThanOrEqual(100)
    expect(rejected.length).toBeLessThan(500)
    expect(service.logs.length - rejected.length).toBeLessThan(50)
  })
})
