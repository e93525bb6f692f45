import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { reconcile } from '../../../../src/domain/reconcile.ts'
import type { StoredEvent } from '../../../../src/domain/event/evidence.ts'
import { toNewEvent } from '../../../../src/inbox/reconcile/event-key.ts'
import { STATUS_CODES } from '../../../../src/providers/hipay/codes.ts'
import { hipay } from '../../../../src/providers/hipay/index.ts'
import type { Translation, WireFields } from '../../../../src/providers/provider.ts'
import { message } from '../../../support/histories.ts'
import { rounds } from '../../../support/property-rounds.ts'
import { accountWith, NOW, secret } from './account.ts'

/** One fact is one event, whether HiPay posts it as a form or as XML. */

const ACCOUNT = accountWith(secret())
type Encoding = 'form' | 'xml'

function translationOf(fields: WireFields, encoding: Encoding): Translation {
  const content = hipay.sign(fields, ACCOUNT, { encoding }).body
  return hipay.translate({ content, receivedAt: NOW }, ACCOUNT)
}

function eventsOf(fields: WireFields, encoding: Encoding, index = 0): StoredEvent[] {
  const translation = translationOf(fields, encoding)
  const events = translation.readable ? translation.events : []
  return events.map((event) => ({ ...event, id: `e${index}`, inboxId: `i${index}` }))
}

/** What people and shops write, with everything that either encoding has to escape. */
const text = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '0',
    '00',
    '  a  ',
    '+',
    '%41',
    '&amp;',
    ']]>',
    '<b>',
    '"\'',
    'a=b&c=d',
    'é€😀',
    'a\r\nb',
  ),
  fc.string({
    unit: fc.constantFrom(...Array.from('aZ09 .,;:-_+%&=<>[]{}"\'/\\#?!é€漢😀\n\t')),
    maxLength: 12,
  }),
)
const name = fc.constantFrom('shop', 'a', 'a-b', 'a.b', '_x', 'constructor', '__proto__', 'status')
const amount = fc.constantFrom(
  '',
  '0.00',
  '12.3',
  '12.34',
  '12.345',
  '-1.00',
  '1,5',
  '1e3',
  '99999999.99',
  'x',
)
const day = fc.constantFrom('', '2026-04-01T10:00:02+0000', '2026-04-01 10:00:02', '1775037602', 'yesterday')

const fields = fc.record(
  {
    transaction_reference: fc.constantFrom('900000000001', '900000000002', ''),
    status: fc.oneof(fc.constantFrom(...STATUS_CODES), fc.constantFrom('188', '999', '')),
    order: fc.record({ id: text, customer_id: text, email: text }, { requiredKeys: ['id'] }),
    state: text,
    message: text,
    test: fc.constantFrom('true', 'false', '1', ''),
    mid: fc.constantFrom('00001234567', '1234567', ''),
    date_updated: day,
    authorized_amount: amount,
    captured_amount: amount,
    refunded_amount: amount,
    decimals: fc.constantFrom('2', '0', '3', ''),
    currency: fc.constantFrom('EUR', 'JPY', 'eur', 'XXX', ''),
    cdata1: text,
    cdata10: text,
    custom_data: fc.oneof(text, fc.dictionary(name, text, { maxKeys: 4 })),
    reason: fc.record({ code: fc.constantFrom('4010101', '1', ''), message: text }),
    payment_method: fc.oneof(text, fc.record({ brand: text, pan: text, card_expiry_month: text })),
    three_d_secure: fc.oneof(text, fc.record({ eci: text, authentication_status: text })),
    fraud_screening: fc.record({ scoring: text, result: text }),
    operation: fc.record({
      type: fc.constantFrom('capture', 'refund', ''),
      id: text,
      reference: text,
      amount,
      currency: fc.constantFrom('EUR', ''),
    }),
    basket: text,
  },
  { requiredKeys: ['transaction_reference', 'status', 'order'] },
)

const keyOf = (event: StoredEvent): string => toNewEvent(event).eventKey

describe('form and XML of one fact', () => {
  test('are one event under one key, whatever its fields hold', () => {
    fc.assert(
      fc.property(fields, (drawn) => {
        expect(translationOf(drawn, 'xml')).toEqual(translationOf(drawn, 'form'))
        expect(eventsOf(drawn, 'xml').map(keyOf)).toEqual(eventsOf(drawn, 'form').map(keyOf))
      }),
      rounds(500),
    )
  })

  const history = fc.array(
    message.filter((one) => one.kind === 'notification' && one.provider === 'hipay'),
    { minLength: 1, maxLength: 6 },
  )

  test('come to one state, told either way or both', () => {
    fc.assert(
      fc.property(history, fc.array(fc.constantFrom<Encoding>('form', 'xml')), (drawn, encodings) => {
        const told = (encodingOf: (index: number) => Encoding) =>
          drawn.flatMap((one, index) =>
            eventsOf((one as { fields: WireFields }).fields, encodingOf(index), index),
          )
        const stateOf = (events: StoredEvent[]) =>
          reconcile({ events, expectations: [], resolutions: [], policy: ACCOUNT.policy, now: NOW })
        const form = told(() => 'form')
        const mixed = told((index) => encodings[index] ?? 'xml')
        expect(mixed.map(keyOf)).toEqual(form.map(keyOf))
        expect(stateOf(mixed)).toEqual(stateOf(form))
        expect(stateOf([...form, ...mixed])).toEqual(stateOf(form))
      }),
      rounds(300),
    )
  })
})
