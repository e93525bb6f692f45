import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startTestService, type TestService } from '../support/service.ts'

/** What makes two forwardings one, over HTTP: no evidence is swallowed, and no call counts twice. */

let database: TestDatabase
let replicas: TestService[]

beforeAll(async () => {
  database = await createTestDatabase()
  replicas = await Promise.all([1, 2].map(async () => startTestService({ database })))
})
afterAll(async () => {
  await Promise.all(replicas.map(async (replica) => replica.stop()))
  await database.drop()
})

interface Answer {
  status: number
  body: { inboxId?: string; duplicate?: boolean; code?: string; detail?: string }
}

/** The text of a call, so that a test decides how it is serialized. */
async function forward(text: string, key?: string, replica = 0): Promise<Answer> {
  const headers = key === undefined ? {} : { 'idempotency-key': key }
  const answer = await replicas[replica]!.api('/v1/responses', { method: 'POST', body: text, headers })
  return { status: answer.status, body: (await answer.json()) as Answer['body'] }
}

const call = (more: object): string =>
  JSON.stringify({ provider: 'be2bill', account: 'shop', operation: 'payment', ...more })

const stored = async (
  orderId: string,
): Promise<{ envelope: object; content: string; deliveries: number }[]> => {
  const { rows } = await replicas[0]!.sql.query<{ envelope: object; content: string; deliveries: number }>(
    `SELECT m.envelope, convert_from(m.content, 'UTF8') AS content, r.deliveries
     FROM inbox_messages m JOIN receipts r ON r.inbox_id = m.id WHERE m.envelope ->> 'orderId' = $1 ORDER BY m.id`,
    [orderId],
  )
  return rows
}

const RECEIVED_AT = '2026-04-01T12:00:00Z'

describe('an answer without Idempotency-Key', () => {
  it('is one call however a client serializes it', async () => {
    const first = await forward(
      '{"provider":"be2bill","account":"shop","orderId":"S-1","operation":"payment","receivedAt":"2026-04-01T12:00:00Z","body":{"EXECCODE":"5001","MESSAGE":"m"}}',
    )
    const again = await forward(
      '{ "body": { "MESSAGE": "m",\n "EXECCODE": "5001" }, "receivedAt": "2026-04-01T12:00:00Z",\t"orderId": "S-1", "operation": "payment", "account": "shop", "provider": "be2bill" }',
      undefined,
      1,
    )
    expect(again).toEqual({ status: 202, body: { inboxId: first.body.inboxId, duplicate: true } })
    expect(await stored('S-1')).toMatchObject([{ deliveries: 2 }])
  })

  it('is one call when its body goes as text, with other blanks', async () => {
    const asText = (body: string): string => call({ orderId: 'S-2', receivedAt: RECEIVED_AT, body })
    const first = await forward(asText('{"EXECCODE":"5001","AMOUNT":1.10}'))
    const again = await forward(asText('{ "AMOUNT": 1.10, "EXECCODE": "5001" }'))
    expect(again.body).toEqual({ inboxId: first.body.inboxId, duplicate: true })
    // What was received first stays, byte for byte.
    expect(await stored('S-2')).toMatchObject([{ content: '{"EXECCODE":"5001","AMOUNT":1.10}' }])
    const other = await forward(asText('{"EXECCODE":"5001","AMOUNT":1.1}'))
    expect(other.body.duplicate).toBe(false)
  })

  it.each([
    ['another body', { body: { EXECCODE: '5002' } }],
    ['another time', { receivedAt: '2026-04-01T12:00:01Z' }],
    ['another operation id', { operationId: 'o-2' }],
  ])('is two with %s', async (what, more) => {
    const orderId = `S-3 ${what}`
    const asked = { orderId, receivedAt: RECEIVED_AT, body: { EXECCODE: '5001' } }
    await forward(call(asked))
    expect((await forward(call({ ...asked, ...more }))).body.duplicate).toBe(false)
    expect(await stored(orderId)).toHaveLength(2)
  })

  it('is compared byte for byte where its body is no JSON', async () => {
    const asked = { orderId: 'S-4', receivedAt: RECEIVED_AT }
    await forward(call({ ...asked, body: '<html> </html>' }))
    expect((await forward(call({ ...asked, body: '<html></html>' }))).body.duplicate).toBe(false)
    expect((await forward(call({ ...asked, body: '<html> </html>' }))).body.duplicate).toBe(true)
  })
})

describe('an Idempotency-Key', () => {
  const first = (orderId: string): string =>
    call({ orderId, receivedAt: RECEIVED_AT, amount: 100, body: { EXECCODE: '5001', MESSAGE: 'm' } })

  it('answers a repetition 202, also one with a time stamped anew and another order of members', async () => {
    const { body } = await forward(first('K-1'), 'key-1')
    const again = `{"body":{"MESSAGE":"m","EXECCODE":"5001"},"receivedAt":"2026-04-01T12:00:07Z","amount":100,"orderId":"K-1","operation":"payment","account":"shop","provider":"be2bill"}`
    for (const text of [first('K-1'), again])
      expect(await forward(text, 'key-1', 1)).toEqual({
        status: 202,
        body: { inboxId: body.inboxId, duplicate: true },
      })
    expect(await stored('K-1')).toMatchObject([{ deliveries: 3, envelope: { receivedAt: RECEIVED_AT } }])
  })

  it.each([
    ['another body', { body: { EXECCODE: '0000', TRANSACTIONID: 'K2' } }],
    ['no answer', { body: undefined, error: 'timeout' }],
    ['another amount', { amount: 200 }],
    ['the order of another payment', { orderId: 'K-other' }],
    ['the time at which the call was made', { requestedAt: RECEIVED_AT }],
  ])('used again with %s answers 409, and the first stays', async (what, other) => {
    const orderId = `K-2 ${what}`
    const key = `key-2 ${what}`
    await forward(first(orderId), key)
    const { status, body } = await forward(
      JSON.stringify({ ...(JSON.parse(first(orderId)) as object), ...other }),
      key,
      1,
    )
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'idempotency_conflict' })
    expect(body.detail).toContain('Idempotency-Key')
    // Neither stored nor counted; under a key of its own it is.
    expect(await stored(orderId)).toMatchObject([{ deliveries: 1, envelope: { amount: 100 } }])
    expect(await stored('K-other')).toEqual([])
    expect((await forward(first(orderId), key)).body.duplicate).toBe(true)
  })

  it('is used freely by another account', async () => {
    await forward(first('K-3'), 'key-3')
    const { status } = await forward(
      JSON.stringify({
        ...(JSON.parse(first('K-3')) as object),
        provider: 'dalenys',
        account: 'shop-dalenys',
      }),
      'key-3',
    )
    expect(status).toBe(202)
  })

  it('that is older than the comparison answers as it did', async () => {
    await forward(first('K-4'), 'key-4')
    await replicas[0]!.sql.query('UPDATE receipts SET content_mark = NULL')
    expect(
      (await forward(call({ orderId: 'K-4', body: { EXECCODE: '5002' } }), 'key-4')).body.duplicate,
    ).toBe(true)
  })

  it('is logged with the code of its refusal', async () => {
    await forward(first('K-5'), 'key-5')
    await forward(call({ orderId: 'K-5', body: {} }), 'key-5')
    expect(replicas[0]!.logs.join('')).toContain('"reason":"idempotency_conflict"')
  })
})

describe('at once', () => {
  /** Of one key: the orders are what tells the contents apart. */
  const race = async (run: string, orders: readonly string[], replicaOf: (index: number) => number) => {
    const answers = await Promise.all(
      orders.map(async (order, index) =>
        forward(call({ orderId: `${run}-${order}`, body: { EXECCODE: '5001' } }), run, replicaOf(index)),
      ),
    )
    const kept = (await Promise.all(['a', 'b'].map(async (order) => stored(`${run}-${order}`)))).flat()
    return { statuses: answers.map(({ status }) => status), kept, answers }
  }

  it.each([
    ['in one batch', () => 0],
    ['on two replicas', (index: number) => index % 2],
  ])('one of two contents wins, %s', async (where, replicaOf) => {
    for (const turn of Array.from({ length: 15 }).keys()) {
      const { statuses, kept } = await race(`R ${where} ${turn}`, ['a', 'b'], replicaOf)
      expect(statuses.toSorted()).toEqual([202, 409])
      expect(kept).toMatchObject([{ deliveries: 1 }])
    }
  })

  it('repetitions of the winner are counted, and no others', async () => {
    for (const turn of Array.from({ length: 10 }).keys()) {
      const orders = ['a', 'b', 'a', 'b', 'b', 'a']
      const { statuses, kept } = await race(`C ${turn}`, orders, (index) => index % 2)
      expect(statuses.toSorted()).toEqual([202, 202, 202, 409, 409, 409])
      expect(kept).toMatchObject([{ deliveries: 3 }])
    }
  })

  it('what was stored before wins over a batch that begins with something else', async () => {
    for (const turn of Array.from({ length: 10 }).keys()) {
      const run = `B ${turn}`
      await forward(call({ orderId: `${run}-b`, body: { EXECCODE: '5001' } }), run)
      const { statuses, kept } = await race(run, ['a', 'b', 'a', 'b'], () => 1)
      expect(statuses).toEqual([409, 202, 409, 202])
      expect(kept).toMatchObject([{ deliveries: 3 }])
    }
  })
})
