import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDeadlineStore } from '../../src/db/reconcile/deadline-store.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { createTestDatabase } from '../support/database.ts'
import { ACCOUNTS, startTestService } from '../support/service.ts'
import { DAY, HOUR, MINUTE, SECOND, startTimedService, type TimedService } from '../support/timed-service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

const REQUIRED = {
  provider: 'be2bill',
  account: 'announced',
  test: true,
  identifiers: ['Announced Shop'],
  expectations: 'required',
  secrets: [{ id: 'key', value: 'announced-key' }],
}

let service: TimedService

beforeAll(async () => {
  service = await startTimedService([...ACCOUNTS, REQUIRED])
})
afterAll(async () => {
  await service.stop()
})

/** Every discrepancy there ever was about a transaction, an order or what a call acted on. */
const told = async (id: string): Promise<object[]> => {
  const { rows } = await service.sql.query<object>(
    `SELECT class, amount_at_risk::int AS at_risk, opened_at, resolved_at, resolution
     FROM discrepancies WHERE reference = $1 OR (reference IS NULL AND order_id = $1) ORDER BY id`,
    [id],
  )
  return rows
}

const transaction = async (provider: string, reference: string, account = 'shop') =>
  (await service.call('GET', `/v1/transactions/${provider}/${account}/${reference}`)).body

const order = async (orderId: string) =>
  (await service.call('GET', `/v1/orders/be2bill/shop/${orderId}`)).body

const answer = async (reference: string, orderId: string, more: object = {}): Promise<void> => {
  const body = { OPERATIONTYPE: 'payment', EXECCODE: '0000', MESSAGE: 'm', TRANSACTIONID: reference, ...more }
  const asked = { operation: 'payment', amount: 12390, currency: 'EUR' }
  await service.respond({ provider: 'be2bill', account: 'shop', orderId, ...asked, body })
  await service.settle()
}

const notify = async (
  TRANSACTIONID: string,
  ORDERID: string,
  more: Record<string, string> = {},
): Promise<void> => {
  await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID, ORDERID, ...more }))
  await service.settle()
}

const announce = async (orderId: string, more: object = {}): Promise<void> => {
  const { status } = await service.call('POST', '/v1/expectations', {
    ...{ provider: 'be2bill', account: 'shop', orderId },
    ...more,
  })
  expect(status).toBe(201)
}

describe('an absence is told when its time has come, not before', () => {
  it('a notification that an answer awaits, and a late one closes it', async () => {
    await answer('N1', 'S-1')
    await service.pass(15 * MINUTE - 1)
    expect(await told('N1')).toEqual([])
    expect(await transaction('be2bill', 'N1')).toMatchObject({ overdue: false, version: 1 })
    await service.pass(1)
    const openedAt = service.clock.now()
    expect(await told('N1')).toMatchObject([
      { class: 'missing_notification', at_risk: 12390, opened_at: openedAt, resolved_at: null },
    ])
    expect(await transaction('be2bill', 'N1')).toMatchObject({ overdue: true, version: 2 })
    await service.pass(DAY)
    await notify('N1', 'S-1')
    expect(await told('N1')).toMatchObject([{ resolved_at: service.clock.now(), resolution: 'evidence' }])
    expect(await transaction('be2bill', 'N1')).toMatchObject({ overdue: false, reconciliation: 'matched' })
  })

  it('an answer that is due', async () => {
    await notify('N2', 'S-2')
    await service.pass(15 * MINUTE)
    expect(await told('N2')).toMatchObject([{ class: 'missing_response', at_risk: 0, resolved_at: null }])
    await answer('N2', 'S-2')
    expect(await told('N2')).toMatchObject([{ resolution: 'evidence' }])
  })

  it('a customer’s action: overdue, but no message is owed', async () => {
    await answer('N3', 'S-3', { EXECCODE: '0001' })
    await service.pass(DAY - 1)
    expect(await transaction('be2bill', 'N3')).toMatchObject({ status: 'action_required', overdue: false })
    await service.pass(1)
    expect(await transaction('be2bill', 'N3')).toMatchObject({ overdue: true })
    expect(await told('N3')).toEqual([])
  })

  it('a slow method, after two weeks', async () => {
    const fields = { transaction_reference: '900000004001', status: '200', captured_amount: '0.00' }
    await service.notify('hipay', 'sha1', hipayFields({ ...fields, order: { id: 'S-4' } }))
    await service.settle()
    await service.pass(14 * DAY + MINUTE)
    expect(await transaction('hipay', '900000004001', 'sha1')).toMatchObject({ status: 'pending' })
    const body = { state: 'pending', status: '172', transactionReference: '900000004002' }
    await service.respond({ provider: 'hipay', account: 'sha1', orderId: 'S-4', body })
    await service.settle()
    await service.pass(14 * DAY - 1)
    expect(await told('900000004002')).toEqual([])
    await service.pass(1)
    expect(await told('900000004002')).toMatchObject([{ class: 'missing_notification' }])
  })

  it('a capture that a counter shows and no message states', async () => {
    const about = { transaction_reference: '900000004010', order: { id: 'S-5' }, authorized_amount: '50.00' }
    const operation = (id: string, amount: string) => ({ type: 'capture', id, amount, currency: 'EUR' })
    const second = { status: '118', captured_amount: '50.00', operation: operation('c2', '20.00') }
    await service.notify('hipay', 'sha1', hipayFields({ ...about, ...second }))
    await service.settle()
    expect(await told('900000004010')).toEqual([])
    await service.pass(15 * MINUTE)
    expect(await told('900000004010')).toContainEqual(
      expect.objectContaining({ class: 'missing_step', at_risk: 3000, resolved_at: null }),
    )
    const first = { status: '118', captured_amount: '30.00', operation: operation('c1', '30.00') }
    await service.notify('hipay', 'sha1', hipayFields({ ...about, ...first }))
    await service.settle()
    expect(await told('900000004010')).toContainEqual(
      expect.objectContaining({ class: 'missing_step', resolution: 'evidence' }),
    )
  })

  it('a call whose connection was lost, told at its order and unsafe until it is known', async () => {
    const lost = { provider: 'be2bill', account: 'shop', operation: 'payment', amount: 500, currency: 'EUR' }
    await service.respond({ ...lost, orderId: 'S-6', error: 'timeout' }, 'S-6')
    await service.settle()
    await service.pass(15 * MINUTE)
    expect(await told('S-6')).toMatchObject([
      { class: 'missing_notification', at_risk: 500, resolved_at: null },
    ])
    expect(await order('S-6')).toMatchObject({ safeToRetry: false, discrepancies: [{ resolvedAt: null }] })
    await notify('N6', 'S-6', { AMOUNT: '500' })
    expect(await told('S-6')).toMatchObject([{ resolution: 'evidence' }])
  })

  it('a call on an unknown payment, until that payment is known', async () => {
    const lost = {
      provider: 'be2bill',
      account: 'shop',
      operation: 'refund',
      parentReference: 'N7',
      amount: 300,
    }
    await service.respond({ ...lost, error: 'network' }, 'N7')
    await service.settle()
    await service.pass(15 * MINUTE)
    expect(await told('N7')).toMatchObject([
      { class: 'missing_notification', at_risk: 300, resolved_at: null },
    ])
    await notify('N7', 'S-7')
    // The call stands on its payment now, where it is told as that operation's own.
    expect(await told('N7')).toMatchObject([
      { class: 'missing_notification', resolution: 'evidence' },
      { class: 'missing_notification', at_risk: 300, resolved_at: null },
    ])
  })

  it('an announced call that was never made; a page that the customer left is no silence', async () => {
    await announce('S-8', { channel: 'direct' })
    await announce('S-9', { channel: 'hosted' })
    expect(await order('S-9')).toMatchObject({ safeToRetry: false })
    await service.pass(HOUR - 1)
    expect(await told('S-8')).toEqual([])
    await service.pass(1)
    expect(await told('S-8')).toMatchObject([{ class: 'missing_response', at_risk: 0, resolved_at: null }])
    // Its customer may still come back to it: only the page's own end, days later, lets it go, without a discrepancy.
    expect(await order('S-9')).toMatchObject({
      reason: 'request_in_flight',
      requests: [{ channel: 'hosted' }],
    })
    expect(await told('S-9')).toEqual([])
    await notify('N8', 'S-8')
    expect(await told('S-8')).toMatchObject([{ resolution: 'evidence' }])
  })

  it('an announced call that was withdrawn is not waited for', async () => {
    const { body } = await service.call('POST', '/v1/expectations', {
      ...{ provider: 'be2bill', account: 'shop', orderId: 'S-10', channel: 'direct' },
    })
    await service.call('DELETE', `/v1/expectations/${body.id}`)
    await service.pass(2 * HOUR)
    expect(await told('S-10')).toEqual([])
  })

  it('a payment without an announcement, where every payment is announced; a late announcement explains it', async () => {
    const fields = { IDENTIFIER: 'Announced Shop', ORDERID: 'U-1', TRANSACTIONID: 'U1' }
    await service.notify('be2bill', 'announced', be2billFields(fields))
    await announce('U-2', { account: 'announced', amount: 12390, currency: 'EUR' })
    await service.notify(
      'be2bill',
      'announced',
      be2billFields({ ...fields, ORDERID: 'U-2', TRANSACTIONID: 'U2' }),
    )
    await service.settle()
    await service.pass(HOUR - 1)
    expect(await told('U1')).toEqual([])
    await service.pass(1)
    expect(await told('U1')).toMatchObject([
      { class: 'unexpected_payment', at_risk: 12390, resolved_at: null },
    ])
    expect(await transaction('be2bill', 'U1', 'announced')).toMatchObject({ reconciliation: 'discrepant' })
    expect(
      (await told('U2')).filter((found) => (found as { class: string }).class === 'unexpected_payment'),
    ).toEqual([])
    await announce('U-1', { account: 'announced', amount: 12390, currency: 'EUR' })
    expect(await told('U1')).toContainEqual(
      expect.objectContaining({ class: 'unexpected_payment', resolution: 'evidence' }),
    )
  })
})

describe('a sweep', () => {
  it('of two at the same moment opens every discrepancy once', async () => {
    const references = Array.from({ length: 40 }, (_, index) => `T${index}`)
    for (const reference of references) await answer(reference, `T-${reference}`)
    await service.clock.advance(15 * MINUTE)
    await Promise.all([service.sweeper().runOnce(), service.sweeper().runOnce(), service.sweeper().runOnce()])
    const all = await Promise.all(references.map(told))
    expect(all.map((found) => found.length)).toEqual(references.map(() => 1))
  })

  it('beside processing neither waits in a circle nor loses what came', async () => {
    const references = Array.from({ length: 30 }, (_, index) => `C${index}`)
    for (const reference of references) await answer(reference, 'C-all')
    await service.clock.advance(15 * MINUTE)
    for (const reference of references) {
      await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: reference, ORDERID: 'C-all' }))
    }
    await Promise.all([
      service.settle(),
      service.sweeper().runOnce(),
      service.settle(),
      service.sweeper().runOnce(),
    ])
    const open = (await Promise.all(references.map(told))).flat() as { resolved_at: Date | null }[]
    expect(open.filter(({ resolved_at }) => resolved_at === null)).toEqual([])
    const { rows } = await service.sql.query(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    )
    expect(rows).toEqual([{ deadlocks: 0 }])
  })

  it('takes more than fits into one batch', async () => {
    const references = Array.from({ length: 150 }, (_, index) => `M${index}`)
    for (const reference of references) {
      await service.notify(
        'be2bill',
        'shop',
        be2billFields({ TRANSACTIONID: reference, ORDERID: `M-${reference}` }),
      )
    }
    await service.settle()
    await service.clock.advance(15 * MINUTE)
    const { runOnce } = service.sweeper()
    expect(await runOnce()).toBe(128)
    expect(await runOnce()).toBe(0)
    expect((await Promise.all(references.map(told))).every((found) => found.length === 1)).toBe(true)
  })

  it('is not held up by what cannot be judged, and comes back to it', async () => {
    for (const reference of ['X1', 'X2', 'X3']) await answer(reference, `X-${reference}`)
    const { rows } = await service.sql.query(`SELECT id, fact FROM transaction_events WHERE reference = 'X2'`)
    await service.sql.query(
      `UPDATE transaction_events SET fact = jsonb_set(fact::jsonb, '{type}', '"never heard of"') WHERE reference = 'X2'`,
    )
    service.swept.length = 0
    await service.pass(15 * MINUTE)
    expect([await told('X1'), await told('X2'), await told('X3')]).toMatchObject([[{}], [], [{}]])
    const subject = { provider: 'be2bill', account: 'shop', kind: 'reference', id: 'X2' }
    expect(service.swept).toMatchObject([{ failed: [{ subject, error: { name: 'RuleFailure' } }] }])
    // Not again at once: it would be the first of every sweep.
    await service.pass(4 * MINUTE)
    expect(service.swept).toHaveLength(1)
    const { id, fact } = rows[0] as { id: string; fact: object }
    await service.sql.query('UPDATE transaction_events SET fact = $2 WHERE id = $1', [
      id,
      JSON.stringify(fact),
    ])
    await service.pass(MINUTE)
    expect(await told('X2')).toMatchObject([{ class: 'missing_notification' }])
  })

  it('leaves alone what belongs to an account that is not configured now', async () => {
    await answer('Y1', 'Y-1')
    const { accounts } = service.parts
    const without = {
      ...accounts,
      find: (provider: string, name: string) => (name === 'shop' ? undefined : accounts.find(provider, name)),
    }
    await service.clock.advance(15 * MINUTE)
    service.swept.length = 0
    expect(await service.sweeper({ accounts: without }).runOnce()).toBe(0)
    expect(service.swept).toEqual([])
    await service.pass(HOUR - SECOND)
    expect(await told('Y1')).toEqual([])
    await service.pass(SECOND)
    expect(await told('Y1')).toMatchObject([{ class: 'missing_notification' }])
  })

  it('puts a batch of such an account off at once, and does not wait for a transaction that holds some of it', async () => {
    const without = { ...service.parts.accounts, find: () => undefined }
    const now = service.clock.now()
    await service.sql.query(
      `INSERT INTO deadlines (provider, account, kind, subject, due_at)
       SELECT 'hipay', 'closed', 'order', 'Q-' || n, $1 FROM generate_series(1, 128) n`,
      [now],
    )
    const due = async (): Promise<unknown> =>
      (await service.sql.query(`SELECT FROM deadlines WHERE account = 'closed' AND due_at <= $1`, [now]))
        .rowCount
    const statements: unknown[] = []
    const { pool } = service.parts
    const counting = new Proxy(pool, {
      get: (target, name) =>
        name === 'query'
          ? async (query: string, values?: unknown[]) => {
              statements.push(query)
              return target.query(query, values)
            }
          : (Reflect.get(target, name) as unknown),
    })
    const store = createDeadlineStore({ ...service.parts.services, pool: counting })
    const { runOnce } = service.sweeper({ accounts: without, stores: { deadlines: store } })
    const forgetful = await service.sql.connect()
    await forgetful.query('BEGIN')
    await forgetful.query(`DELETE FROM deadlines WHERE account = 'closed'`)
    // All of it is held: the sweep rests instead of asking again at once.
    expect(await runOnce()).toBe(0)
    await forgetful.query('ROLLBACK')
    await forgetful.query('BEGIN')
    await forgetful.query(`DELETE FROM deadlines WHERE subject = 'Q-7'`)
    statements.length = 0
    expect(await runOnce()).toBe(128)
    expect(statements).toHaveLength(2)
    expect(await due()).toBe(1)
    await forgetful.query('ROLLBACK')
    forgetful.release()
    expect(await runOnce()).toBe(0)
    expect(await due()).toBe(0)
    await service.sql.query(`DELETE FROM deadlines WHERE account = 'closed'`)
  })

  it('that loses its database leaves everything due', async () => {
    await answer('Z1', 'Z-1')
    await service.clock.advance(15 * MINUTE)
    const store = service.parts.services.stores.deadlines
    const lost = async (): Promise<never> => {
      throw Object.assign(new Error('terminating connection'), { code: '57P01' })
    }
    await expect(
      service.sweeper({ stores: { deadlines: { ...store, inTransaction: lost } } }).runOnce(),
    ).rejects.toThrow('terminating')
    expect(await told('Z1')).toEqual([])
    await service.pass(0)
    expect(await told('Z1')).toHaveLength(1)
  })
})

describe('replicas', () => {
  it('sweep by themselves, receivers do not, and each absence is opened once', async () => {
    const database = await createTestDatabase()
    const clocks = [createHandClock(), createHandClock(), createHandClock()]
    const roles = ['all', 'worker', 'receiver']
    const [first, second, receiver] = await Promise.all(
      roles.map(async (ROLE, index) =>
        startTestService({ database, clock: clocks[index]!, settings: { ROLE } }),
      ),
    )
    const sql = first!.sql
    const rows = async (): Promise<unknown[]> =>
      (await sql.query('SELECT class, resolved_at FROM discrepancies')).rows as unknown[]
    await first!.notify('be2bill', 'shop', be2billFields())
    await first!.settled()
    // The next rest of each loop ends at a time of its own: every interval wakes all of them.
    const interval = async (): Promise<unknown> =>
      Promise.all(clocks.map(async (clock) => clock.advance(30 * SECOND)))
    for (let passed = 0; passed < 15 * MINUTE; passed += 30 * SECOND) await interval()
    await vi.waitFor(async () => {
      await interval()
      expect(await rows()).toEqual([{ class: 'missing_response', resolved_at: null }])
    }, 10_000)
    await interval()
    expect(await rows()).toHaveLength(1)
    const swept = [first, second, receiver].map((one) =>
      one!.logs.filter((line) => line.includes('deadlines swept')),
    )
    expect(swept[0]!.length + swept[1]!.length).toBeGreaterThan(0)
    expect(swept[2]).toEqual([])
    const stopping = [first, second, receiver].map(async (one) => one!.stop())
    await Promise.all(clocks.map(async (clock) => clock.advance(DAY)))
    await Promise.all(stopping)
    await database.drop()
  })
})
