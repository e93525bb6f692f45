import { describe, expect, it } from 'vitest'
import type { TransactionEvent } from '../../../../src/domain/event/transaction-event.ts'
import { withoutPersonalData } from '../../../../src/inbox/reconcile/personal-data.ts'
import { createEmailDigest } from '../../../../src/lib/email-digest.ts'
import { be2bill } from '../../../../src/providers/be2bill/index.ts'
import { hipay } from '../../../../src/providers/hipay/index.ts'
import { PERSONAL_FIELDS } from '../../../../src/providers/account.ts'
import type { Provider, Translation, WireFields } from '../../../../src/providers/provider.ts'
import { be2billFields, hipayFields } from '../../../support/wire.ts'
import { accountWith, secret } from '../../providers/hipay/account.ts'
import { account as be2billAccount } from '../../providers/be2bill/account.ts'

const digestOf = createEmailDigest(Buffer.alloc(32, 7))
const ACCOUNT = accountWith(secret())
const RECEIVED_AT = new Date('2026-04-01T12:00:00.000Z')

const PERSON = {
  email: 'ada.martin@example.org',
  ipAddress: '203.0.113.24',
  deviceId: 'device-7f',
  cardHolder: 'ADA MARTIN',
}

const HIPAY: WireFields = hipayFields({
  ip_address: PERSON.ipAddress,
  device_id: PERSON.deviceId,
  payment_method: { brand: 'VISA', card_holder: PERSON.cardHolder },
  order: { id: 'O-1', customer_id: 'C-1', email: PERSON.email },
})

const eventOf = (translation: Translation): TransactionEvent => {
  if (!translation.readable) throw new Error(translation.detail)
  return translation.events[0]!
}

const notified = (
  provider: Provider,
  fields: WireFields,
  encoding: 'form' | 'xml' = 'form',
): TransactionEvent => {
  const account = provider === hipay ? ACCOUNT : be2billAccount()
  const { body } = provider.sign(fields, account, { encoding })
  return eventOf(provider.translate({ content: body, receivedAt: RECEIVED_AT }, account))
}

const answered = (): TransactionEvent => {
  const content = Buffer.from(
    JSON.stringify({
      transactionReference: '900000000001',
      status: '118',
      currency: 'EUR',
      capturedAmount: '50.00',
      ipAddress: PERSON.ipAddress,
      deviceId: PERSON.deviceId,
      paymentMethod: { brand: 'VISA', cardHolder: PERSON.cardHolder },
      order: { id: 'O-1', customerId: 'C-1', email: PERSON.email },
    }),
  )
  return eventOf(hipay.translateResponse({ content, envelope: {}, receivedAt: RECEIVED_AT }, ACCOUNT))
}

const HIPAY_EVENTS: [string, () => TransactionEvent][] = [
  ['a form', () => notified(hipay, HIPAY)],
  ['XML', () => notified(hipay, HIPAY, 'xml')],
  ['a JSON answer', answered],
]
const BE2BILL_FIELDS = be2billFields({ CLIENTEMAIL: PERSON.email, CARDFULLNAME: PERSON.cardHolder })

const personOf = ({ customer, paymentMethod }: TransactionEvent): Record<string, string | null> => ({
  email: customer?.email ?? null,
  ipAddress: customer?.ipAddress ?? null,
  deviceId: customer?.deviceId ?? null,
  cardHolder: paymentMethod?.cardHolder ?? null,
})

describe.each([
  ...HIPAY_EVENTS,
  ['a Be2bill notification', () => notified(be2bill, BE2BILL_FIELDS)] as const,
])('the event of %s', (_what, translated) => {
  it('shows nothing of the person, and the digest of the e-mail address', () => {
    const event = withoutPersonalData(translated(), { keep: [] }, digestOf)
    for (const text of Object.values(PERSON)) expect(JSON.stringify(event)).not.toContain(text)
    expect(event.customer?.emailHash).toBe(digestOf(PERSON.email))
  })
})

describe.each(HIPAY_EVENTS)('of an account that keeps it, the event of %s', (_what, translated) => {
  it.each(PERSONAL_FIELDS)('shows %s and no other part', (field) => {
    const event = withoutPersonalData(translated(), { keep: [field] }, digestOf)
    const nothing = { email: null, ipAddress: null, deviceId: null, cardHolder: null }
    expect(personOf(event)).toEqual({ ...nothing, [field]: PERSON[field] })
    expect(event.customer?.emailHash).toBe(digestOf(PERSON.email))
  })
})

it('a card number is masked in what is kept', () => {
  const fields = hipayFields({ payment_method: { brand: 'VISA', card_holder: 'ADA 4111 1111 1111 1111' } })
  const event = withoutPersonalData(notified(hipay, fields), { keep: ['cardHolder'] }, digestOf)
  expect(event.paymentMethod?.cardHolder).toMatch(/^ADA /)
  expect(event.paymentMethod?.cardHolder).not.toMatch(/1111 1111/)
})

it('an event that stated nothing else of its customer states no customer', () => {
  const fields = hipayFields({ ip_address: PERSON.ipAddress, order: { id: 'O-1' } })
  expect(withoutPersonalData(notified(hipay, fields), { keep: [] }, digestOf).customer).toBeNull()
})
