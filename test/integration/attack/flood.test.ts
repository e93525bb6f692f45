import { once } from 'node:events'
import { connect } from 'node:net'
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

  it('that is sent without waiting is cut off before most of it was looked at, and leaves no more in the log', async () => {
    const lines = service.logs.length
    const before = await rejected()
    const sender = connect(Number(new URL(service.url).port), '127.0.0.1')
    await once(sender, 'connect')
    const gone = new Promise((resolve) => sender.on('error', () => undefined).on('close', resolve))
    sender.resume().write(PIPELINED)
    await gone
    const looked = (await rejected()) - before
    expect(looked).toBeGreaterThan(0)
    expect(looked).toBeLessThan(3_000)
    expect(service.logs.length - lines).toBeLessThan(200)
  })
})

const rejected = async (): Promise<number> => {
  const metrics = await (await service.api('/metrics')).text()
  const counts = metrics.matchAll(/receiver_notifications_total\{.*outcome="rejected"\} (\d+)/g)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Five thousand forgeries, one after the other on one connection. */
const PIPELINED = Array.from({ length: 5_000 }, (_, number) => {
  const body = `status=118&transaction_reference=${940_000_000_000 + number}`
  const head = [
    'POST /notifications/hipay/shop HTTP/1.1',
    'host: receiver',
    `x-forwarded-for: 203.0.${Math.floor(number / 250)}.${number % 250}`,
    `x-allopass-signature: ${'f'.repeat(64)}`,
    `content-length: ${body.length}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}).join('')
