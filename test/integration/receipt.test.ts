import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

let service: TestService

beforeAll(async () => {
  service = await startTestService({ idle: true })
})
afterAll(async () => {
  await service.stop()
})

const rows = async (sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> =>
  (await service.sql.query<Record<string, unknown>>(sql, values)).rows

describe('receipt', () => {
  it('stores the exact bytes before it answers OK', async () => {
    const fields = hipayFields({ transaction_reference: '900000000100' })
    const answer = await service.notify('hipay', 'shop', fields)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await answer.text()).toBe('OK')
    const [message] = await rows(
      `SELECT m.*, q.inbox_id AS queued FROM inbox_messages m JOIN inbox_queue q ON q.inbox_id = m.id
       WHERE convert_from(content, 'UTF8') LIKE '%900000000100%'`,
    )
    expect(message).toMatchObject({
      provider: 'hipay',
      account: 'shop',
      witness: 'notification',
      scrubbed: [],
    })
    expect(String(message?.['content'])).toContain('transaction_reference=900000000100')
    expect(message?.['secret_id']).toBe('old')
  })

  it.each([
    ['sha1', 'sha1'],
    ['sha512', 'sha512'],
  ])('verifies %s where the account says so', async (account) => {
    const answer = await service.notify(
      'hipay',
      account,
      hipayFields({ transaction_reference: `90000000020${account.length}` }),
    )
    expect(answer.status).toBe(200)
  })

  it('acknowledges Be2bill and Dalenys with exactly OK, by either word', async () => {
    const direct = await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'R1' }))
    expect([direct.status, await direct.text()]).toEqual([200, 'OK'])
    const signed = await service.notify(
      'dalenys',
      'shop-dalenys',
      be2billFields({ IDENTIFIER: 'Dalenys Shop' }),
    )
    expect([signed.status, await signed.text()]).toEqual([200, 'OK'])
  })

  it('counts a redelivery and stores it once, also when many arrive at the same instant', async () => {
    const fields = be2billFields({ TRANSACTIONID: 'R-many' })
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => service.notify('be2bill', 'shop', fields)),
    )
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 200))
    const stored = async () =>
      rows(
        `SELECT r.deliveries FROM receipts r JOIN inbox_messages m ON m.id = r.inbox_id
         WHERE convert_from(content, 'UTF8') LIKE '%R-many%'`,
      )
    await expect.poll(stored, { timeout: 5_000 }).toEqual([{ deliveries: 20 }])
  })

  it('takes two live secrets, says which one matched, and refuses an expired one', async () => {
    const fields = hipayFields({ transaction_reference: '900000000300' })
    expect((await service.notify('hipay', 'shop', fields, { secretId: 'new' })).status).toBe(200)
    const [message] = await rows(
      `SELECT secret_id FROM inbox_messages WHERE convert_from(content, 'UTF8') LIKE '%900000000300%'`,
    )
    expect(message).toEqual({ secret_id: 'new' })
    const late = await service.notify(
      'hipay',
      'shop',
      hipayFields({ transaction_reference: '900000000301' }),
      {
        secretId: 'gone',
      },
    )
    expect(late.status).toBe(401)
    expect(await rows(`SELECT reason FROM quarantined_messages`)).toEqual([{ reason: 'secret_expired' }])
  })

  it('answers a wrong signature 401 and keeps it in quarantine, once per content', async () => {
    const send = async (): Promise<Response> =>
      fetch(`${service.url}/notifications/hipay/shop`, {
        method: 'POST',
        headers: { 'x-allopass-signature': 'f'.repeat(64) },
        body: 'status=118&transaction_reference=900000000400&order[id]=forged',
      })
    const answer = await send()
    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    const problem = (await answer.json()) as { detail: string }
    expect(problem).toMatchObject({ code: 'signature_invalid', status: 401 })
    expect(problem.detail).toContain('(signature_mismatch)')
    await send()
    expect(
      await rows(`SELECT reason, deliveries FROM quarantined_messages WHERE reason = 'signature_mismatch'`),
    ).toEqual([{ reason: 'signature_mismatch', deliveries: 2 }])
    expect(
      await rows(`SELECT 1 FROM inbox_messages WHERE convert_from(content, 'UTF8') LIKE '%forged%'`),
    ).toEqual([])
  })

  it('overwrites a card number and a CVV after verifying over the bytes as sent', async () => {
    const fields = be2billFields({ TRANSACTIONID: 'R-card', CARDCODE: '4111111111111111', CARDCVV: '737' })
    expect((await service.notify('be2bill', 'shop', fields)).status).toBe(200)
    const [message] = await rows(
      `SELECT convert_from(content, 'UTF8') AS text, scrubbed FROM inbox_messages
       WHERE convert_from(content, 'UTF8') LIKE '%R-card%'`,
    )
    expect(message?.['text']).not.toMatch(/4111111111111111|CARDCVV=737/)
    expect(message?.['scrubbed']).not.toEqual([])
  })
})
