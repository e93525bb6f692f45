import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_ACCOUNTS, tellStory, type Story } from '../../support/money-stories.ts'
import { startTimedService, type TimedService } from '../../support/timed-service.ts'

/** An operator's word covers what was seen (Q-5, I-7), and evidence is not swallowed. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService(STORY_ACCOUNTS)
})
afterAll(async () => {
  await service.stop()
})

const LATE = 3_600

async function openOne(story: Story, wanted: string) {
  const found = (await story.discrepancies()).filter((one) => one.class === wanted)
  expect(found).toHaveLength(1)
  return found[0]!
}

describe('what an operator closed', () => {
  it.each(['hipay', 'be2bill'] as const)(
    'a second payment of 5.00: a third one opens it again, %s',
    async (provider) => {
      const story = tellStory(service, provider)
      const pay = async (payment: number, amount: number): Promise<void> =>
        provider === 'hipay'
          ? story.hipay(118, { payment, authorized: amount / 100, captured: amount / 100 })
          : story.be2bill({ payment, amount })
      await pay(1, 10_000)
      await pay(2, 500)
      const five = await openOne(story, 'duplicate_payment')
      expect(five).toMatchObject({ amountAtRisk: 500, version: 1 })
      await story.resolve(five, { version: 1 })
      expect(await story.order()).toMatchObject({ open: [] })
      await pay(3, 990_000)
      expect(await openOne(story, 'duplicate_payment')).toMatchObject({
        amountAtRisk: 10_500,
        formerId: five.id,
      })
    },
  )

  it('a second payment that was seen before a third one came is not closed: 409, and nothing is covered', async () => {
    const story = tellStory(service, 'be2bill')
    await story.be2bill({ payment: 1 })
    await story.be2bill({ payment: 2, amount: 500 })
    const seen = await openOne(story, 'duplicate_payment')
    await story.be2bill({ payment: 3, amount: 700 })
    const { body } = await story.resolve(seen, { version: seen.version }, 409)
    expect(body).toMatchObject({ code: 'discrepancy_changed' })
    expect(await openOne(story, 'duplicate_payment')).toMatchObject({ amountAtRisk: 1_200, formerId: null })
  })

  it('a cent of over-capture: a capture of 9,000.00 opens it again', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(118, { captured: 100.01 })
    const cent = await openOne(story, 'amount_mismatch')
    expect(cent).toMatchObject({ amountAtRisk: 1 })
    await story.resolve(cent)
    await story.hipay(118, { captured: 9_000, at: 60 })
    expect(await openOne(story, 'amount_mismatch')).toMatchObject({
      amountAtRisk: 890_000,
      formerId: cent.id,
    })
  })

  it.each(['hipay', 'be2bill'] as const)(
    'two order ids: a third opens it again, and no order vanishes, %s',
    async (provider) => {
      const story = tellStory(service, provider, 'silent')
      const ids = ['c', 'b', 'a'].map((letter) => `${letter}-${story.orderId}`)
      const name = async (id: string, at: number): Promise<void> =>
        provider === 'hipay'
          ? story.hipay(118, { captured: 100, at, more: { order: { id } } })
          : story.be2bill({ more: { ORDERID: id } })
      const mismatch = async () => {
        const { body } = await service.call(
          'GET',
          `/v1/transactions/${provider}/${story.account}/${story.reference()}`,
        )
        return body.discrepancies.filter((one) => one.resolvedAt === null && one.class === 'order_mismatch')
      }
      await name(ids[0]!, 0)
      await name(ids[1]!, 1)
      const [two] = await mismatch()
      await story.resolve(two!)
      expect(await mismatch()).toEqual([])
      await name(ids[2]!, 2)
      expect(await mismatch()).toMatchObject([{ formerId: two!.id }])
      for (const id of ids) expect(await story.order(id)).toMatchObject({ safeToRetry: false })
    },
  )

  it('stays closed while the risk falls and rises to the same again', async () => {
    const story = tellStory(service, 'hipay', 'silent')
    await story.hipay(118, { captured: 100 })
    await story.hipay(118, { payment: 2, captured: 50, authorized: 50, at: 1 })
    await story.resolve(await openOne(story, 'duplicate_payment'))
    await story.hipay(126, { payment: 2, captured: 50, authorized: 50, refunded: 20, at: 60 })
    await story.hipay(165, { payment: 2, captured: 50, authorized: 50, refunded: 0, at: 120 })
    await story.hipay(116, { payment: 2, captured: 0, authorized: 50, at: 0 })
    expect(await story.order()).toMatchObject({ netTotal: 15_000, open: [] })
  })

  it('as separate payments covers every later one', async () => {
    const story = tellStory(service, 'be2bill', 'silent')
    for (const payment of [1, 2]) await story.be2bill({ payment })
    await story.resolve(await openOne(story, 'duplicate_payment'), { outcome: 'separate_payments' })
    for (const payment of [3, 4]) await story.be2bill({ payment, amount: 990_000 })
    expect(await story.order()).toMatchObject({ paid: true, netTotal: 2_000_000, open: [] })
  })

  it('a call that was cut off: another one is another, whatever it has in common', async () => {
    const story = tellStory(service, 'hipay')
    await story.timeOut({ operationId: '1', receivedAt: story.at(0) })
    await story.until(LATE)
    const first = await openOne(story, 'missing_notification')
    await story.resolve(first, { outcome: 'not_processed' })
    expect(await story.order()).toMatchObject({ safeToRetry: true, open: [] })
    await story.timeOut({ operationId: '1', receivedAt: story.at(LATE) })
    expect(await story.order()).toMatchObject({ safeToRetry: false, reason: 'request_of_unknown_outcome' })
    await story.until(2 * LATE)
    const second = await openOne(story, 'missing_notification')
    expect(second.id).not.toBe(first.id)
  })

  it('a success that only an answer told: its notified capture outranks the word', async () => {
    const story = tellStory(service, 'be2bill')
    await story.be2billAnswer()
    await story.until(LATE)
    await story.resolve(await openOne(story, 'missing_notification'), { outcome: 'not_processed' })
    expect(await story.order()).toMatchObject({ paid: false })
    await story.be2bill()
    expect(await story.order()).toMatchObject({ paid: true, safeToRetry: false })
  })
})

describe('evidence', () => {
  const send = async (body: object | string, key?: string) => {
    const answer = await fetch(`${service.url}/v1/responses`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${service.apiKey}`,
        'content-type': 'application/json',
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    await service.settle()
    return { status: answer.status, body: (await answer.json()) as { code?: string; duplicate?: boolean } }
  }
  const timeOut = (story: Story, more: object = {}) => ({
    ...{
      provider: 'hipay',
      account: story.account,
      orderId: story.orderId,
      error: 'timeout',
      amount: 10_000,
    },
    ...more,
  })

  it('under a used Idempotency-Key with another content is refused, for another order too', async () => {
    const [story, other] = [tellStory(service, 'hipay'), tellStory(service, 'hipay')]
    const key = `key of ${story.orderId}`
    expect((await send(timeOut(story), key)).status).toBe(202)
    expect((await send(timeOut(story), key)).body).toMatchObject({ duplicate: true })
    for (const changed of [timeOut(story, { amount: 20_000 }), timeOut(other)]) {
      expect(await send(changed, key)).toMatchObject({ status: 409, body: { code: 'idempotency_conflict' } })
    }
    expect(await story.order()).toMatchObject({ requests: ['unknown'] })
    expect((await send(timeOut(other), `key of ${other.orderId}`)).status).toBe(202)
    expect(await other.order()).toMatchObject({ requests: ['unknown'] })
  })

  it('with a receivedAt that a retry stamps anew is no other content', async () => {
    const story = tellStory(service, 'hipay')
    const key = `stamped ${story.orderId}`
    expect((await send(timeOut(story, { receivedAt: story.at(0) }), key)).status).toBe(202)
    const again = await send(timeOut(story, { receivedAt: story.at(1) }), key)
    expect(again).toMatchObject({ status: 202, body: { duplicate: true } })
  })

  it('without a reference, serialized in another order and with blanks, is one call', async () => {
    const story = tellStory(service, 'hipay')
    const told = timeOut(story, { operationId: 'one' })
    expect((await send(told)).body).toMatchObject({ duplicate: false })
    const members = Object.entries(told).toReversed()
    const again = JSON.stringify(Object.fromEntries(members), null, 4)
    expect((await send(again)).body).toMatchObject({ duplicate: true })
    expect(await story.order()).toMatchObject({ requests: ['unknown'] })
  })

  it.each([{ amount: 9_000 }, { currency: 'USD' }, { channel: 'hosted' }])(
    'an announcement with another value is refused, naming both: %o',
    async (other) => {
      const story = tellStory(service, 'hipay')
      const { status, body } = await story.announce({}, 201)
      const same = await story.announce({}, 200)
      expect([status, same.body.id]).toEqual([201, body.id])
      const refused = await story.announce(other, 409)
      expect(refused.body).toMatchObject({ code: 'expectation_conflict' })
      const [field = '', value] = Object.entries(other)[0] ?? []
      const former = { amount: 10_000, currency: 'EUR', channel: 'direct' }[field]
      expect(refused.body.detail).toContain(String(value))
      expect(refused.body.detail).toContain(String(former))
    },
  )

  it.each(['undefined', 'null', 'None', 'NaN', '0', '[object Object]', ''])(
    'a parentReference %j is refused, answered and announced',
    async (parentReference) => {
      for (const provider of ['hipay', 'be2bill'] as const) {
        const story = tellStory(service, provider)
        const step = { operation: 'refund', parentReference }
        const answered = await story.answer({ ...step, error: 'timeout' }, 422)
        const announced = await story.announce(step, 422)
        for (const { body } of [answered, announced])
          expect(body).toMatchObject({ code: 'invalid_reference' })
      }
    },
  )
})
