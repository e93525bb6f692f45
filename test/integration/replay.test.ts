import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { providersWithout } from '../support/older-build.ts'
import { createParts, forgetAll, projection, type Parts } from '../support/parts.ts'
import { applied, ended, everything, planned, post } from '../support/replaying.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** Replays over HTTP. The messages were processed by an older build, which shares the database. */

/** The builds receive the same messages at the same time. */
const STARTED = new Date()
const clock = { ...systemClock, now: () => STARTED }

let database: TestDatabase
let sql: pg.Pool
let older: Parts
let service: TestService

beforeAll(async () => {
  database = await createTestDatabase()
  sql = new pg.Pool({ connectionString: database.url, max: 2 })
  older = createParts({ databaseUrl: database.url, clock, providers: providersWithout('118') })
  service = await startTestService({ database })
})
afterAll(async () => {
  await service.stop()
  await older.close()
  await sql.end()
  await database.drop()
})
beforeEach(async () => {
  await forgetAll(sql)
  logged = 0
  logged = (await audited()).length
})

const of = (n: number) => ({ transaction_reference: `90000000${1000 + n}`, order: { id: `O-${n}` } })

/** The service beside the older build looks for messages once a second: where it took one, all are played again. */
async function play(parts: Parts, payments = 12): Promise<void> {
  await playOnce(parts, payments)
  while (parts === older && (await isTakenByService())) {
    await forgetAll(sql)
    await playOnce(parts, payments)
  }
}

async function isTakenByService(): Promise<boolean> {
  const { rows } = await sql.query(
    `SELECT FROM inbox_outcomes o JOIN inbox_messages m ON m.id = o.inbox_id
     WHERE m.provider = 'hipay' AND o.translation <> 0`,
  )
  return rows.length > 0
}

/** Authorized payments, every second one captured: by notification, some of them twice, and by answer. */
async function playOnce(parts: Parts, payments: number): Promise<void> {
  for (let n = 0; n < payments; n += 1) {
    await parts.notify('hipay', 'shop', hipayFields({ ...of(n), status: '116', captured_amount: '0.00' }))
    if (n % 2 === 0) continue
    await parts.notify('hipay', 'shop', hipayFields({ ...of(n), status: '118' }))
    if (n % 3 === 0)
      await parts.notify('hipay', 'shop', hipayFields({ ...of(n), status: '118' }), { encoding: 'xml' })
    const { transaction_reference: transactionReference, order } = of(n)
    await parts.answer('hipay', 'shop', {
      ...{
        orderId: order.id,
        operation: 'capture',
        operationId: `c-${n}`,
        parentReference: transactionReference,
      },
      ...{ amount: 5000, currency: 'EUR', httpStatus: 200 },
      body: {
        transactionReference,
        status: '118',
        currency: 'EUR',
        authorizedAmount: '50.00',
        capturedAmount: '50.00',
      },
    })
  }
  await parts.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'B1', ORDERID: 'O-b' }))
  await parts.settle()
}

/** What a build believes that knew everything from the start. */
async function fromTheStart(payments?: number): Promise<unknown> {
  const fresh = await createTestDatabase()
  const parts = createParts({ databaseUrl: fresh.url, clock })
  await play(parts, payments)
  const state = await projection(parts.pool)
  await parts.close()
  await fresh.drop()
  return state
}

/** The log is append-only: entries of other tests stay. */
let logged = 0
const audited = async (): Promise<unknown[]> => {
  const { rows } = await sql.query<object>(
    `SELECT actor, target, count FROM audit_log WHERE action = 'replay_messages' ORDER BY id DESC`,
  )
  return rows.slice(0, rows.length - logged)
}

describe('what an older build translated', () => {
  it('ends as if the service had known the status from the start', async () => {
    await play(older)
    const expected = await fromTheStart()
    expect(await projection(sql)).not.toEqual(expected)
    const plan = await planned(service, { older: true })
    expect(plan.messages).toBe(26)
    const replay = await applied(service, plan.planId)
    expect(replay).toMatchObject({ actor: 'all', messages: 26, replayed: 26, staying: {} })
    expect(await projection(sql)).toEqual(expected)
    expect(await planned(service, { older: true })).toMatchObject({ messages: 0, changes: [] })
  })

  it('is shown by a dry run as it will be, with nothing written', async () => {
    await play(older)
    const before = await everything(sql)
    const plan = await planned(service, { older: true })
    expect(await everything(sql)).toEqual(before)
    const captured = { before: { capturedTotal: null }, after: { status: 'captured', capturedTotal: 5000 } }
    const paid = { before: { paid: false }, after: { paid: true, netTotal: 5000 } }
    for (const n of [1, 3, 5, 7, 9, 11]) {
      const { transaction_reference: reference, order } = of(n)
      expect(plan.changes).toContainEqual(expect.objectContaining({ kind: 'transaction', reference }))
      expect(plan.changes.find((change) => change.reference === reference)).toMatchObject(captured)
      expect(plan.changes.find((change) => change.orderId === order.id)).toMatchObject(paid)
    }
    expect(plan.changes).toHaveLength(12)
    await applied(service, plan.planId)
    for (const { kind, reference = '', after } of plan.changes)
      if (kind === 'transaction') {
        const shown = await service.api(`/v1/transactions/hipay/shop/${reference}`)
        const { status, capturedTotal } = after ?? {}
        expect(await shown.json()).toMatchObject({ status, capturedTotal })
      }
  })

  it('keeps what was stated before as history, with its time, and shows the new statement only', async () => {
    await play(older, 2)
    const plan = await planned(service, { older: true })
    await applied(service, plan.planId)
    const { rows } = await sql.query(
      `SELECT type, fact ->> 'providerCode' AS code, superseded_at IS NOT NULL AS dated FROM superseded_events ORDER BY received_at`,
    )
    expect(rows).toEqual([
      { type: 'unrecognized', code: '118', dated: true },
      { type: 'unrecognized', code: '118', dated: true },
    ])
    const events = (await (
      await service.api(`/v1/transactions/hipay/shop/${of(1).transaction_reference}/events`)
    ).json()) as { items: { type: string }[] }
    expect(JSON.stringify(events)).not.toContain('unrecognized')
    const message = await sql.query<{ id: string }>(
      `SELECT inbox_id AS id FROM superseded_events ORDER BY received_at LIMIT 1`,
    )
    const shown = await (await service.api(`/v1/inbox/${message.rows[0]?.id ?? ''}`)).json()
    expect(shown).toMatchObject({ state: 'processed', events: [{ type: 'captured' }] })
  })
})

describe('a plan', () => {
  it('is refused when something else came of one of its messages', async () => {
    await play(older, 4)
    const first = await planned(service, { older: true })
    const second = await planned(service, { older: true })
    await applied(service, first.planId)
    const { status, json } = await post(service, '/v1/inbox/replay', { planId: second.planId })
    expect({ status, code: json.code }).toEqual({ status: 409, code: 'plan_outdated' })
    expect(await audited()).toHaveLength(1)
  })

  it('is not outdated by messages that came since, and does not replay them', async () => {
    await play(older, 2)
    const plan = await planned(service, { provider: 'hipay', account: 'shop' })
    await service.notify('hipay', 'shop', hipayFields({ ...of(90), status: '118' }))
    await service.settled()
    expect(await applied(service, plan.planId)).toMatchObject({ messages: 4, replayed: 4 })
  })

  it('that is applied twice is one replay', async () => {
    await play(older, 4)
    const { planId } = await planned(service, { older: true })
    const answers = await Promise.all([
      post(service, '/v1/inbox/replay', { planId }),
      post(service, '/v1/inbox/replay', { planId }),
    ])
    const ids = new Set(answers.filter(({ status }) => status === 202).map(({ json }) => json.id))
    expect(ids.size).toBe(1)
    await ended(service, [...ids][0] ?? '')
    expect(await audited()).toHaveLength(1)
  })

  it('says who applied which filter in the audit log', async () => {
    await play(older, 2)
    const { planId } = await planned(service, { older: true, provider: 'hipay' })
    const { id } = await applied(service, planId)
    expect((await audited())[0]).toEqual({
      ...{ actor: 'all', target: { replayId: id, older: 'true', provider: 'hipay' }, count: 4 },
    })
    const listed = await (await service.api('/v1/audit?action=replay_messages&limit=1')).json()
    expect(listed).toMatchObject({ items: [{ target: { replayId: id } }] })
  })

  it.each([
    ['a filter without a dry run', { filter: { older: true } }],
    ['a filter of nothing', { filter: {}, dryRun: true }],
    ['a filter that there is not', { filter: { amount: 1 }, dryRun: true }],
    ['a plan that no dry run answered', { planId: 'e30' }],
    ['a plan that is no text of a plan', { planId: '%' }],
  ])('%s is refused', async (_what, body) => {
    expect((await post(service, '/v1/inbox/replay', body)).status).toBe(400)
  })

  it('of another filter is refused', async () => {
    await play(older, 1)
    const { planId } = await planned(service, { older: true })
    const { status } = await post(service, '/v1/inbox/replay', { planId, filter: { state: 'parked' } })
    expect(status).toBe(400)
  })

  it.each(['/v1/inbox/replay', '/v1/inbox/01980000-0000-7000-8000-000000000000/replay'])(
    'needs the role operate: %s',
    async (path) => {
      const headers = { authorization: `Bearer reader-${service.apiKey}` }
      const answer = await service.api(path, { method: 'POST', headers, body: '{}' })
      expect(answer.status).toBe(403)
    },
  )
})

describe('one message', () => {
  it('is replayed by its id, by a plan or at once', async () => {
    await play(older, 2)
    const { rows } = await sql.query<{ id: string }>(
      `SELECT inbox_id AS id FROM transaction_events WHERE type = 'unrecognized' ORDER BY id`,
    )
    const [notified = '', answered = ''] = rows.map(({ id }) => id)
    const plan = await post(service, `/v1/inbox/${notified}/replay?dryRun=true`)
    expect(plan).toMatchObject({ status: 200, json: { messages: 1, tried: 1 } })
    expect(plan.json.changes.map(({ reference, orderId }) => reference ?? orderId)).toEqual([
      of(1).transaction_reference,
      'O-1',
    ])
    const byPlan = await post(service, `/v1/inbox/${notified}/replay`, {
      planId: plan.json.planId,
    })
    expect(byPlan.status).toBe(202)
    expect(await ended(service, byPlan.json.id)).toMatchObject({ replayed: 1 })
    const again = await post(service, `/v1/inbox/${notified}/replay`, { planId: plan.json.planId })
    expect({ status: again.status, code: again.json.code }).toEqual({ status: 409, code: 'plan_outdated' })
    const other = await post(service, `/v1/inbox/${answered}/replay`, { planId: plan.json.planId })
    expect(other.status).toBe(400)
    const atOnce = await post(service, `/v1/inbox/${answered}/replay`)
    expect(await ended(service, atOnce.json.id)).toMatchObject({ replayed: 1 })
  })

  it('is unknown under any other id', async () => {
    for (const id of ['x', '01980000-0000-7000-8000-000000000000'])
      for (const query of ['', '?dryRun=true'])
        expect(await post(service, `/v1/inbox/${id}/replay${query}`)).toMatchObject({
          status: 404,
          json: { code: 'unknown_message' },
        })
    for (const id of ['x', '01980000-0000-7000-8000-000000000000'])
      expect(await (await service.api(`/v1/inbox/replays/${id}`)).json()).toMatchObject({
        status: 404,
        code: 'unknown_replay',
      })
  })
})
