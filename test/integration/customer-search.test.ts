import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNTS, startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** An operator finds the payments of an e-mail address; the stored rows do not hold the address. */

const ADDRESS = 'ada.martin@example.org'
const KEPT = 'kept.person@example.org'

let service: TestService

interface Listed {
  items: { reference: string; customer: { emailHash: string | null; email: string | null } | null }[]
}

const list = async (query: string): Promise<Listed['items']> => {
  const answer = await service.api(`/v1/transactions?${query}`)
  expect(answer.status).toBe(200)
  return ((await answer.json()) as Listed).items
}

const references = async (query: string): Promise<string[]> =>
  (await list(query)).map(({ reference }) => reference).sort()

beforeAll(async () => {
  const keeping = {
    provider: 'hipay',
    account: 'keeping',
    test: true,
    keep: ['email'],
    secrets: [{ id: 'only', value: 'passphrase-keeping' }],
  }
  service = await startTestService({ accounts: [...ACCOUNTS, keeping] })
  const order = (email: string) => ({ order: { id: 'O-1', customer_id: 'C-1', email } })
  await service.notify(
    'hipay',
    'shop',
    hipayFields({ transaction_reference: '900000000101', ...order(ADDRESS) }),
  )
  await service.notify(
    'hipay',
    'shop',
    hipayFields({ transaction_reference: '900000000102', ...order('someone.else@example.org') }),
  )
  await service.notify(
    'be2bill',
    'shop',
    be2billFields({ TRANSACTIONID: 'E1', CLIENTEMAIL: ADDRESS.toUpperCase() }),
  )
  await service.notify(
    'hipay',
    'keeping',
    hipayFields({ transaction_reference: '900000000103', ...order(KEPT) }),
  )
  await service.settled()
})
afterAll(async () => {
  await service.stop()
})

describe('payments of one e-mail address', () => {
  it('are found by the address in any case, of both providers', async () => {
    expect(await references(`email=${encodeURIComponent(' Ada.Martin@example.ORG')}`)).toEqual([
      '900000000101',
      'E1',
    ])
  })

  it('are found by the digest that one of them shows', async () => {
    const [payment] = await list('email=ada.martin%40example.org&provider=be2bill')
    expect(payment?.customer).toMatchObject({
      email: null,
      emailHash: expect.stringMatching(/^[a-p]{32}$/) as string,
    })
    expect(await references(`emailHash=${payment?.customer?.emailHash ?? ''}`)).toEqual([
      '900000000101',
      'E1',
    ])
  })

  it('are none of another address', async () => {
    expect(await references('email=ada%40example.org')).toEqual([])
  })

  it('cannot be asked for by what is no address', async () => {
    const answer = await service.api('/v1/transactions?email=ada')
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      code: 'invalid_request',
      detail: 'email: expected an address, for example ada@example.org',
    })
  })
})

describe('the address itself', () => {
  it('stands in no event and in no payment', async () => {
    const { rows } = await service.sql.query<{ text: string }>(
      'SELECT fact::text AS text FROM transaction_events UNION ALL SELECT t::text FROM transactions t',
    )
    expect(rows.length).toBeGreaterThanOrEqual(8)
    for (const { text } of rows) expect(text.toLowerCase()).not.toContain(ADDRESS)
  })

  it('stands in no line of the log, although it was asked for', () => {
    expect(service.logs.join('').toLowerCase()).not.toContain('ada.martin')
  })

  it('is shown by accounts that keep it, in both APIs', async () => {
    const [payment] = await list('account=keeping')
    expect(payment?.customer).toMatchObject({ email: KEPT })
    const events = await service.api('/v1/transactions/hipay/keeping/900000000103/events')
    expect(await events.json()).toMatchObject({ items: [{ customer: { email: KEPT } }] })
    expect(await references(`email=${KEPT}`)).toEqual(['900000000103'])
  })
})
