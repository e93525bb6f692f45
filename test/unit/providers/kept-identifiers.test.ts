import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scrub } from '../../../src/card-data/scrub.ts'
import type { Account } from '../../../src/providers/account.ts'
import type { Translation } from '../../../src/providers/provider.ts'
import { be2bill } from '../../../src/providers/be2bill/index.ts'
import { hipay } from '../../../src/providers/hipay/index.ts'
import { IDENTIFIERS } from '../../support/identifiers.ts'
import { rounds } from '../../support/property-rounds.ts'
import { be2billFields, hipayFields } from '../../support/wire.ts'
import { account as be2billAccount } from './be2bill/account.ts'
import { accountWith, secret } from './hipay/account.ts'

/** What is stored translates to exactly the ids that the message names, each as it is kept. */

const HIPAY = accountWith(secret())
const BE2BILL = be2billAccount({ identifiers: ['Demo Shop'] })
const receivedAt = new Date('2026-06-01T12:00:00Z')

const sequential = fc.integer({ min: 0, max: 100_000 }).map((index) => String(4_000_012_345_678 + index))
const digits = fc.stringMatching(/^[0-9]{12,19}$/)
const shape = fc.stringMatching(/^[0-9]{0,6}\*{0,9}~[a-z2-7]{20}$/)
const long = fc.stringMatching(/^[A-Z0-9]{250,300}$/)
const text = fc.stringMatching(/^ ?[A-Za-z0-9é€😀"'<>&%+\\/;~*-]{1,30} ?$/u)
const grouped = sequential.map((id) => `é-${id.slice(0, 4)} ${id.slice(4)}`)
const id = fc.oneof(sequential, digits, shape, long, text, grouped, fc.constant('1717171717174'))
/** What lists are made of. */
const plain = fc.oneof(sequential, digits, shape, long)
const number = fc.oneof(sequential, fc.stringMatching(/^[1-9][0-9]{11,18}$/))

function idsOf(translation: Translation): (string | null)[][] {
  if (!translation.readable) throw new Error(translation.detail)
  return translation.events.map((event) => [
    ...[event.reference, event.parentReference, event.orderId, event.operationId, event.operationReference],
    event.customer?.id ?? null,
  ])
}

const kept = (ids: (string | null)[][]) => ids.map((row) => row.map((one) => one && IDENTIFIERS.replace(one)))
const stored = (content: Buffer): Buffer => scrub(content, { identifiers: IDENTIFIERS }).content

function expectKept(content: Buffer, translate: (content: Buffer) => Translation): void {
  const named = idsOf(translate(content))
  expect(named.flat().some((one) => one !== null)).toBe(true)
  expect(idsOf(translate(stored(content)))).toEqual(kept(named))
}

const answered = (provider: typeof hipay, account: Account) => (content: Buffer) =>
  provider.translateResponse({ content, envelope: {}, receivedAt }, account)
const notified = (provider: typeof hipay, account: Account) => (content: Buffer) =>
  provider.translate({ content, receivedAt }, account)

/** Every byte, or every character, as an escape. */
const percent = (value: string): string =>
  [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
const entities = (value: string): string =>
  Array.from(value, (one) => `&#x${one.codePointAt(0)!.toString(16)};`).join('')
const escapes = (value: string): string =>
  value
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
const escaped = (value: string): string => value.replace(/[&<>]/g, (one) => `&#${one.charCodeAt(0)};`)
const section = (value: string): string => `<![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
const parted = (value: string): string => {
  const characters = Array.from(value)
  return `${entities(characters.slice(0, 5).join(''))}<!-- > -->${escaped(characters.slice(5).join(''))}`
}

const five = fc.tuple(id, id, id, id, id)

describe('HiPay', () => {
  const named = ([reference, order, customer, operation, step]: [string, string, string, string, string]) =>
    hipayFields({
      transaction_reference: reference,
      order: { id: order, customer_id: customer },
      operation: { id: operation, reference: step, type: 'capture' },
      custom_data: JSON.stringify({ order_id: order, note: 'x' }),
    })

  test.each(['form', 'xml'] as const)('notifies as %s', (encoding) => {
    fc.assert(
      fc.property(five, (ids) => {
        fc.pre(!ids.some((one) => encoding === 'xml' && !one.isWellFormed()))
        expectKept(hipay.sign(named(ids), HIPAY, { encoding }).body, notified(hipay, HIPAY))
      }),
      rounds(300),
    )
  })

  test('writes forms with every byte escaped', () => {
    fc.assert(
      fc.property(five, ([reference, order, customer, operation, step]) => {
        const body = [
          ['status', '116'],
          ['transaction_reference', reference],
          ['order[id]', order],
          ['order[customer_id]', customer],
          ['operation[reference]', step],
          ['operation[id]', operation],
        ].map(([name, value]) => `${percent(name!)}=${percent(value!)}`)
        expectKept(Buffer.from(`${body.join('&')}\r\n`), notified(hipay, HIPAY))
      }),
      rounds(200),
    )
  })

  test.each([
    ['entities', entities],
    ['escaped text', escaped],
    ['sections', section],
    ['parts around a comment', parted],
    ['sections with layout', (value: string) => `\n  ${section(value)}\n`],
  ])('writes XML with %s', (_what, write) => {
    fc.assert(
      fc.property(five, ([reference, order, customer, operation, step]) => {
        const body = `<?xml version="1.0" encoding="UTF-8"?><!-- <id> --><notification><status a="<id>" >116</status>
          <transaction_reference a=">">${write(reference)}</transaction_reference>
          <order><id>${write(order)}</id><customer_id >${write(customer)}</customer_id><x/></order>
          <operation><id/><reference>${write(step)}</reference><y><![CDATA[<id>]]></y></operation>
          <custom_data>${write(JSON.stringify({ id: operation }))}</custom_data></notification>`
        expectKept(Buffer.from(body.replace('a="<id>"', 'a="id"')), notified(hipay, HIPAY))
      }),
      rounds(100),
    )
  })

  test('declares another encoding', () => {
    fc.assert(
      fc.property(sequential, (order) => {
        const body = `<?xml version="1.0" encoding="ISO-8859-1"?><notification><status>116</status>
          <transaction_reference>1</transaction_reference><order><id>é${order}</id></order></notification>`
        expectKept(Buffer.from(body.replace(`é${order}`, `é-${order}`), 'latin1'), notified(hipay, HIPAY))
      }),
    )
  })

  test.each([
    ['strings', JSON.stringify],
    ['escapes', (value: string) => `"${escapes(value)}"`],
  ])('answers in JSON with %s', (_what, write) => {
    fc.assert(
      fc.property(five, ([reference, order, customer, operation, step]) => {
        const body = `{"status":"116","transactionReference" :          ${write(reference)},
          "operation":{"id":${write(operation)},"reference":${write(step)}},
          "order":{"\\u0069d":${write(order)},"customerId":${write(customer)}},
          "customData":${JSON.stringify(JSON.stringify({ orderId: order }))}}`
        expectKept(Buffer.from(body), answered(hipay, HIPAY))
      }),
      rounds(200),
    )
  })

  test('answers with bare numbers', () => {
    fc.assert(
      fc.property(number, number, (reference, order) => {
        const body = `{"status":116,"transactionReference":${reference},"order":{"id": ${order}}}`
        expectKept(Buffer.from(body), answered(hipay, HIPAY))
        const v3 = `{"id":${reference},"status":"captured","state":"completed","merchant_order_id":${order}}`
        expectKept(Buffer.from(v3), answered(hipay, HIPAY))
      }),
    )
  })
})

describe('Be2bill', () => {
  const three = fc.tuple(id, id, id)

  test.each(['POST', 'GET'] as const)('notifies by %s', (method) => {
    fc.assert(
      fc.property(three, ([reference, order, customer]) => {
        const fields = { TRANSACTIONID: reference, ORDERID: order, CLIENTIDENT: customer }
        const more = { EXTRADATA: JSON.stringify({ order_id: order }) }
        const signed = be2bill.sign(be2billFields({ ...fields, ...more }), BE2BILL, { method })
        const content = method === 'GET' ? Buffer.from(signed.query, 'latin1') : signed.body
        expectKept(content, notified(be2bill, BE2BILL))
      }),
      rounds(300),
    )
  })

  test('writes forms with every byte escaped', () => {
    fc.assert(
      fc.property(three, ([reference, order, customer]) => {
        const body = `EXECCODE=0000&OPERATIONTYPE=payment&TRANSACTIONID=${percent(reference)}&ORDERID=${percent(order)}`
        expectKept(Buffer.from(`${body}&CLIENTIDENT=${percent(customer)}`), notified(be2bill, BE2BILL))
      }),
      rounds(200),
    )
  })

  test('answers in JSON', () => {
    fc.assert(
      fc.property(three, number, ([reference, order, customer], bare) => {
        const of = {
          OPERATIONTYPE: 'payment',
          EXECCODE: '0000',
          TRANSACTIONID: reference,
          CLIENTIDENT: customer,
        }
        expectKept(Buffer.from(JSON.stringify({ ...of, ORDERID: order })), answered(be2bill, BE2BILL))
        expectKept(Buffer.from(`{"ORDERID":${bare},"EXECCODE":"0000"}`), answered(be2bill, BE2BILL))
      }),
      rounds(200),
    )
  })

  test('lists in reports what a row acted on and what acted on it', () => {
    const lists = fc.array(plain, { minLength: 1, maxLength: 3 })
    const between = fc.constantFrom(';', ',', ' ; ')
    fc.assert(
      fc.property(
        fc.tuple(plain, plain),
        lists,
        lists,
        between,
        ([reference, capture], ...[children, parents, separator]) => {
          const row = { TRANSACTIONID: reference, REFUNDEDBY: children.join(separator), EXECCODE: '0' }
          const other = {
            TRANSACTIONID: capture,
            OPERATIONTYPE: 'capture',
            AUTHORIZEDBY: parents.join(separator),
          }
          const body = { OPERATIONTYPE: 'getTransactions', EXECCODE: '0000', DATA: [row, other] }
          expectKept(Buffer.from(JSON.stringify(body)), answered(be2bill, BE2BILL))
        },
      ),
      rounds(200),
    )
  })
})
