import { describe, expect, test } from 'vitest'
import { be2bill } from '../../../../src/providers/be2bill/index.ts'
import { hipay } from '../../../../src/providers/hipay/index.ts'
import { signatureOf } from '../../../../src/providers/hipay/signature.ts'
import type { Translation } from '../../../../src/providers/provider.ts'
import { account as be2billAccount } from '../be2bill/account.ts'
import { accountWith, NOW, secret } from '../hipay/account.ts'

/** How much of anything is read: up to the limit all of it, beyond it nothing. No real message comes near. */

const ACCOUNT = accountWith(secret())
const PAID = '<status>118</status><transaction_reference>9</transaction_reference>'

const read = (text: string): Translation =>
  hipay.translate({ content: Buffer.from(text), receivedAt: NOW }, ACCOUNT)
const answered = (text: string, by = hipay): Translation =>
  by.translateResponse(
    { content: Buffer.from(text), envelope: {}, receivedAt: NOW },
    by === hipay ? ACCOUNT : be2billAccount(),
  )
const times = (count: number, piece: (index: number) => string, separator = ''): string =>
  Array.from({ length: count }, (_, index) => piece(index)).join(separator)
const unreadable = (detail: string) => ({ readable: false, detail })

describe('XML', () => {
  const paid = (rest: string): string => `<n>${PAID}<custom_data>${rest}</custom_data></n>`
  // The root, the two fields that make it a notification and custom_data are elements too.
  const OTHERS = 4

  test.each([
    ['elements', (count: number) => times(count, (index) => `<k${index}>1</k${index}>`)],
    ['empty elements', (count: number) => '<a/>'.repeat(count)],
    ['comments', (count: number) => '<!-- -->'.repeat(count)],
    ['CDATA sections', (count: number) => '<![CDATA[x]]>'.repeat(count)],
  ])('5,000 %s', (_what, pieces) => {
    expect(read(paid(pieces(5_000 - OTHERS)))).toMatchObject({ readable: true })
    expect(read(paid(pieces(5_001 - OTHERS)))).toEqual(unreadable('the XML has more than 5000 elements'))
  })

  test('text that looks like elements is none', () => {
    expect(read(paid(`<a><![CDATA[${'<a/>'.repeat(6_000)}]]></a>`))).toMatchObject({ readable: true })
  })

  test('500 attributes', () => {
    const attributes = (count: number): string => paid(`<a${times(count, (index) => ` b${index}="1"`)}/>`)
    expect(read(attributes(500))).toMatchObject({ readable: true })
    expect(read(attributes(501))).toEqual(unreadable('the XML has more than 500 attributes'))
  })

  test('16 levels', () => {
    const levels = (count: number): string => paid(`${'<a>'.repeat(count - 2)}x${'</a>'.repeat(count - 2)}`)
    expect(read(levels(16))).toMatchObject({ readable: true })
    expect(read(levels(17))).toEqual(unreadable('the XML is nested too deeply'))
  })

  test.each([['&#0;'], ['&lol;'], ['\x01']])('100 wrong characters or references: %j', (wrong) => {
    expect(read(paid(`<a>${wrong.repeat(100)}</a>`))).toMatchObject({ readable: true })
    expect(read(paid(`<a>${wrong.repeat(101)}</a>`))).toEqual(
      unreadable('the XML has more than 100 forbidden characters'),
    )
  })
})

test('a form: 5,000 fields', () => {
  const form = (count: number): string =>
    `status=118&transaction_reference=9&${times(count - 2, (index) => `k${index}=1`, '&')}`
  expect(read(form(5_000))).toMatchObject({ readable: true })
  expect(read(form(5_001))).toEqual(unreadable('the form has more than 5000 fields'))
})

test('JSON: 20,000 values', () => {
  // The list and the object around it are values too.
  const list = (count: number): string =>
    `{"status":"118","transaction_reference":"9","custom_data":[${times(count - 4, () => '1', ',')}]}`
  expect(read(list(20_000))).toMatchObject({ readable: true })
  expect(read(list(20_001))).toEqual(unreadable('the JSON has more than 20000 values'))
})

test('JSON to Be2bill: beyond 20,000 values an answer is none, and what became of the call is open', () => {
  const answer = (count: number): string =>
    `{"EXECCODE":"0000","OPERATIONTYPE":"payment","TRANSACTIONID":"A1","CART":[${times(count - 5, () => '1', ',')}]}`
  expect(answered(answer(20_000), be2bill)).toMatchObject({ events: [{ type: 'captured', reference: 'A1' }] })
  expect(answered(answer(20_001), be2bill)).toMatchObject({
    events: [{ type: 'failed', reference: null, providerState: 'unreadable answer' }],
  })
})

test('a set of Be2bill: 2,000 parameters', () => {
  const account = be2billAccount()
  const signed = (count: number) =>
    be2bill.sign(
      {
        ...Object.fromEntries(Array.from({ length: count - 2 }, (_, index) => [`K${index}`, '1'])),
        EXECCODE: '0000',
      },
      account,
    )
  // IDENTIFIER and HASH are parameters too.
  expect(be2bill.verify(signed(1_999), account, NOW)).toMatchObject({ verified: true })
  expect(be2bill.verify(signed(2_000), account, NOW)).toMatchObject({ verified: false })
})

test('an answer: 1,000 transactions', () => {
  const listed = (count: number): string =>
    `{"transaction":[${times(count, (index) => `{"transactionReference":"${index}","status":"118"}`, ',')}]}`
  expect(answered(listed(1_000))).toMatchObject({ readable: true })
  expect(answered(listed(1_001))).toEqual(unreadable('the answer has more than 1000 transactions'))
})

test('a report of Be2bill: 1,000 rows and links', () => {
  const report = (rows: number, links: number): string => {
    const row = (index: number): string => `{"TRANSACTIONID":"A${index}","EXECCODE":"0"}`
    const linking = `{"TRANSACTIONID":"B","REFUNDEDBY":"${times(links, (index) => `C${index}`, ';')}"}`
    return `{"DATA":[${times(rows - 1, (index) => `${row(index)},`)}${linking}]}`
  }
  const refused = unreadable('the report has more than 1000 rows and links')
  for (const [rows, links] of [
    [1_000, 0],
    [600, 400],
  ] as const) {
    const whole = answered(report(rows, links), be2bill)
    expect(whole.readable && whole.events).toHaveLength(1_000)
    expect(answered(report(rows, links + 1), be2bill)).toEqual(refused)
    expect(answered(report(rows + 1, links), be2bill)).toEqual(refused)
  }
})

test('a signature is checked whatever the limits say of its body', () => {
  const content = Buffer.from(`<n>${PAID}${'<a/>'.repeat(60_000)}</n>`)
  const headers = { 'x-allopass-signature': signatureOf(content, secret()) }
  expect(hipay.verify({ method: 'POST', query: '', headers, body: content }, ACCOUNT, NOW)).toMatchObject({
    verified: true,
  })
})
