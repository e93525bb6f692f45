import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAccounts } from '../../../src/config/accounts.ts'
import {
  be2billNotification,
  be2billResponse,
  hipayNotification,
  hipayResponse,
  majorUnits,
  type SamplePayment,
  type SampleResponse,
} from '../../../src/cli/sample-notifications.ts'
import { signNotification, tampered } from '../../../src/cli/signed-notification.ts'
import { AMOUNT_MAX, parseMajorUnits } from '../../../src/domain/event/minor-units.ts'
import type { TransactionEvent } from '../../../src/domain/event/transaction-event.ts'
import type { SignedRequest, Translation } from '../../../src/providers/provider.ts'
import { providerOf, providers } from '../../../src/providers/registry.ts'

const now = new Date('2026-04-01T12:00:00Z')
const [hipay, be2bill] = parseAccounts(
  JSON.stringify([
    { provider: 'hipay', account: 'a', secrets: [{ id: 's', value: 'passphrase' }] },
    { provider: 'be2bill', account: 'b', identifiers: ['Shop'], secrets: [{ id: 's', value: 'key' }] },
  ]),
  { providers, production: false, environment: {}, readText: () => '' },
)
const payment: SamplePayment = {
  reference: '900000000001',
  orderId: 'SO-1',
  amount: 12_345,
  currency: 'EUR',
  at: new Date('2026-04-01T10:00:00.250Z'),
  test: true,
}

const verified = (request: SignedRequest, account = hipay!): boolean =>
  providerOf(account.provider)!.verify(request, account, now).verified

const onlyEvent = (translation: Translation): TransactionEvent => {
  if (!translation.readable) throw new Error(translation.detail)
  expect(translation.events).toHaveLength(1)
  return translation.events[0]!
}

function notified(request: SignedRequest, account = hipay!): TransactionEvent {
  const verification = providerOf(account.provider)!.verify(request, account, now)
  if (!verification.verified) throw new Error(verification.reason)
  return onlyEvent(
    providerOf(account.provider)!.translate({ content: verification.content, receivedAt: now }, account),
  )
}

function answered({ envelope, body }: SampleResponse, account = hipay!): TransactionEvent {
  const content = Buffer.from(JSON.stringify(body))
  return onlyEvent(
    providerOf(account.provider)!.translateResponse({ content, envelope, receivedAt: now }, account),
  )
}

const common = { reference: '900000000001', orderId: 'SO-1', currency: 'EUR', test: true }

describe('HiPay samples', () => {
  it.each([
    ['116', { type: 'authorized', authorizedTotal: 12_345, capturedTotal: 0, refundedTotal: 0 }],
    ['118', { type: 'captured', authorizedTotal: 12_345, capturedTotal: 12_345, refundedTotal: 0 }],
    ['125', { type: 'refunded', authorizedTotal: 12_345, capturedTotal: 12_345, refundedTotal: 12_345 }],
    ['126', { type: 'refunded', authorizedTotal: 12_345, capturedTotal: 12_345, refundedTotal: 6_172 }],
    ['113', { type: 'declined', authorizedTotal: 0, capturedTotal: 0, refundedTotal: 0 }],
    ['142', { type: 'pending', authorizedTotal: 0, capturedTotal: 0, refundedTotal: 0 }],
    ['199', { type: 'unrecognized', capturedTotal: 12_345 }],
  ])(
    'of status %s say in the notification and in the answer what the status suggests',
    (status, expected) => {
      const fields = hipayNotification(status, payment)
      for (const encoding of ['form', 'xml'] as const) {
        const event = notified(providerOf('hipay')!.sign(fields, hipay!, { encoding }))
        expect(event).toMatchObject({ ...common, ...expected, occurredAt: '2026-04-01T10:00:00.000Z' })
      }
      const { test: _test, ...stated } = common
      expect(answered(hipayResponse(status, payment))).toMatchObject({ ...stated, ...expected })
    },
  )

  it('state counters and the operation behind them where asked', () => {
    const fields = hipayNotification('126', payment, {
      refunded: 2_550,
      operation: { type: 'refund', id: 'r-2', reference: '810000000002', amount: 1_550 },
    })
    expect(notified(providerOf('hipay')!.sign(fields, hipay!))).toMatchObject({
      refundedTotal: 2_550,
      amount: 1_550,
      operationId: 'r-2',
      operationReference: '810000000002',
    })
  })
})

describe('Be2bill samples', () => {
  it.each([
    ['payment', '0000', 'captured'],
    ['authorization', '0000', 'authorized'],
    ['refund', '0000', 'refunded'],
    ['payment', '4001', 'declined'],
    ['payment', '5004', 'pending'],
    ['payment', '5999', 'unrecognized'],
  ])('of %s %s say the same in the notification and in the answer', (operation, code, type) => {
    const fields = be2billNotification(operation, code, payment)
    for (const method of ['POST', 'GET'] as const) {
      const event = notified(providerOf('be2bill')!.sign(fields, be2bill!, { method }), be2bill)
      expect(event).toMatchObject({ type, reference: '900000000001', orderId: 'SO-1', amount: 12_345 })
    }
    expect(answered(be2billResponse(operation, code, payment), be2bill)).toMatchObject({
      type,
      reference: '900000000001',
      orderId: 'SO-1',
      amount: 12_345,
    })
  })
})

describe('signNotification', () => {
  const fields = hipayNotification('118', payment)

  it('signs, and forges only where asked', () => {
    expect(verified(signNotification(fields, hipay!))).toBe(true)
    expect(verified(signNotification(fields, hipay!, { encoding: 'xml' }))).toBe(true)
    expect(verified(signNotification(fields, hipay!, { tamper: true }))).toBe(false)
  })

  it('refuses a method by which the provider never notifies', () => {
    expect(() => signNotification(fields, hipay!, { method: 'GET' })).toThrow('hipay never notifies by GET')
  })
})

describe('tampered', () => {
  it.each([
    ['form', providerOf('hipay')!.sign(hipayNotification('118', payment), hipay!), hipay],
    ['XML', providerOf('hipay')!.sign(hipayNotification('118', payment), hipay!, { encoding: 'xml' }), hipay],
    ['POST', providerOf('be2bill')!.sign(be2billNotification('payment', '0000', payment), be2bill!), be2bill],
    [
      'GET',
      providerOf('be2bill')!.sign(be2billNotification('payment', '0000', payment), be2bill!, {
        method: 'GET',
      }),
      be2bill,
    ],
  ])('raises an amount, and no longer verifies: %s', (_name, request, account) => {
    expect(verified(request, account)).toBe(true)
    expect(verified(tampered(request), account)).toBe(false)
  })

  it('refuses a message without an amount instead of passing it on intact', () => {
    const fields = { transaction_reference: '1', status: '116' }
    expect(() => tampered(providerOf('hipay')!.sign(fields, hipay!))).toThrow(TypeError)
  })
})

describe('majorUnits', () => {
  it('is undone by the parser of money, whatever the currency', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: AMOUNT_MAX }),
        fc.constantFrom('EUR', 'JPY', 'TND', 'CLF'),
        (amount, currency) => {
          expect(parseMajorUnits(majorUnits(amount, currency), currency)).toBe(amount)
        },
      ),
    )
  })

  it.each([
    [5, 'EUR', '0.05'],
    [5_000, 'EUR', '50.00'],
    [500, 'JPY', '500'],
    [1, 'TND', '0.001'],
  ])('writes %i %s as %s', (amount, currency, text) => {
    expect(majorUnits(amount, currency)).toBe(text)
  })
})
