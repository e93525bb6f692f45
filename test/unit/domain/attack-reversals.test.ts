import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import { beNotified, DAY, disputed, expected, orderOf, told } from '../../support/facts.ts'
import { late, linkedStep, operatorOn, toldAt } from '../../support/hostile-facts.ts'

/** Wrong yeses: paid or safe where voids, disputes or an operator say no. */

describe('voids', () => {
  test('F-7 a void moves no more than its own amount', () => {
    const authorized = beNotified('authorization', '0000', { amount: 100 })
    const captured = [authorized, ...linkedStep('capture', 'C1', 50)]
    // 60 of 100 are gone: 40 of the captured 50 are left at the least.
    const events = [...captured, ...linkedStep('void', 'V1', 60)]
    expect(orderOf(events, late)).toMatchObject({ safeToRetry: false })
    const twice = [authorized, ...linkedStep('capture', 'C1', 20)]
    const voids = [...linkedStep('void', 'V1', 70), ...linkedStep('void', 'V2', 20)]
    expect(orderOf([...twice, ...voids], late)).toMatchObject({ safeToRetry: false })
  })

  test('A-10 a void may have ended what was left of an authorization that is not told', () => {
    const captured = linkedStep('capture', 'C1', 100)
    const events = [...captured, beNotified('void', '0000', { reference: 'V1', amount: 100 })]
    expect(orderOf(events, late)).toMatchObject({ safeToRetry: false })
  })
})

describe('voids without a link', () => {
  const voided = (reference: string, amount: number): StoredEvent =>
    beNotified('void', '0000', { reference, amount })

  test('A-10 voids of more than a payment holds leave it unpaid before and after their deadline', () => {
    const sold = beNotified('payment', '0000', { amount: 100 })
    const events = [sold, voided('V1', 100), voided('V2', 100)]
    for (const after of [1_000, DAY]) expect(orderOf(events, { after })).toMatchObject({ paid: false })
  })

  test('A-10 voids of more than the captures of an untold payment leave the order unpaid', () => {
    const captured = beNotified('capture', '0000', { reference: 'C1', amount: 100 })
    const events = [captured, voided('V1', 30), voided('V2', 100)]
    expect(orderOf(events, late)).toMatchObject({ paid: false })
  })

  test('A-10 a void that names an untold payment is its trace', () => {
    expect(orderOf([voided('V1', 30)], late)).toMatchObject({ safeToRetry: false })
    expect(orderOf(linkedStep('void', 'V1', 30, { payment: 'A9' }), late)).toMatchObject({
      safeToRetry: false,
    })
  })
})

describe('disputes', () => {
  const sold = beNotified('payment', '0000', { amount: 100 })
  const walked = [
    sold,
    disputed('first_chargeback', '2026-04-02', { amount: 100 }),
    disputed('representment', '2026-05-02', { amount: 100 }),
  ]

  test('M-10 a second chargeback without a readable date is open', () => {
    const chargeback = { date: null, stage: 'second_chargeback', code: null } as const
    const second = disputed('second_chargeback', '', { amount: 100, chargeback })
    expect(orderOf(walked, late)).toMatchObject({ paid: true })
    expect(orderOf([...walked, second], late)).toMatchObject({ paid: false })
  })

  test('M-12 a dispute that went back tells of money on a payment that was told to be refused', () => {
    const refused = beNotified('payment', '4001', { amount: 100 })
    expect(orderOf([refused, ...walked.slice(1)], late)).toMatchObject({ safeToRetry: false })
  })

  test.each([
    ['refund', beNotified('refund', '0000', { reference: null, amount: 100 })],
    ['chargeback', disputed('first_chargeback', '2026-04-02', { reference: null, amount: 100 })],
  ])('R-8 a %s that names its order alone leaves it unpaid', (_name, fact) => {
    expect(orderOf([sold, fact], late)).toMatchObject({ paid: false })
  })

  test('M-10 a representment of a part gives back that part', () => {
    const events = [
      sold,
      disputed('first_chargeback', '2026-04-02', { amount: 100 }),
      disputed('representment', '2026-05-02', { amount: 40 }),
    ]
    const expectations = [expected({ provider: 'be2bill', amount: 100, currency: 'EUR' })]
    expect(orderOf(events, { ...late, expectations })).toMatchObject({ paid: false })
  })

  test('M-10 two first chargebacks over parts take both', () => {
    const part = (amount: number, day: string): StoredEvent =>
      disputed('first_chargeback', `2026-04-${day}`, { amount })
    expect(orderOf([sold, part(60, '02'), part(40, '03')], late)).toMatchObject({ paid: false })
    const represented = disputed('representment', '2026-05-02', { amount: 40 })
    const expectations = [expected({ provider: 'be2bill', amount: 100, currency: 'EUR' })]
    expect(
      orderOf([sold, part(60, '02'), part(40, '03'), represented], { ...late, expectations }),
    ).toMatchObject({ paid: false })
  })
})

describe('an operator', () => {
  test('Q-2 a capture that an operator found not to be processed is not captured by the next counter', () => {
    const asked = [told('116', [0]), told('117', [100])]
    const resolutions = [operatorOn(asked, 'missing_notification', 'not_processed')]
    for (const code of ['114', '115', '143'])
      expect(orderOf([...asked, told(code, [100])], { ...late, resolutions }), code).toMatchObject({
        paid: false,
        paidTotal: 0,
      })
    const refunding = [...asked, told('126', [100, 10])]
    expect(orderOf(refunding, { ...late, resolutions })).toMatchObject({ paidTotal: 10 })
  })

  test('M-5 a capture that an operator found not to be processed explains the gap', () => {
    const asked = [told('116', [0]), told('117', [60], { operationId: 'b', amount: 60 })]
    const resolutions = [operatorOn(asked, 'missing_notification', 'not_processed')]
    const events = [...asked, told('118', [70], { operationId: 'd', amount: 10 })]
    expect(orderOf(events, late)).toMatchObject({ paidTotal: 10 })
    expect(orderOf(events, { ...late, resolutions })).toMatchObject({ paidTotal: 10 })
  })

  test('A-10 an excess of refunds that is closed hides no trace of another payment', () => {
    const seen = [
      beNotified('payment', '0000', { amount: 100 }),
      beNotified('refund', '0000', { reference: 'R1', amount: 100 }),
      beNotified('refund', '0000', { reference: 'R2', amount: 5 }),
    ]
    const resolutions = [operatorOn(seen, 'amount_mismatch', null)]
    const events = [...seen, ...linkedStep('refund', 'R3', 50, { payment: 'X9' })]
    expect(
      orderOf([...seen.slice(0, 2), ...linkedStep('refund', 'R3', 50, { payment: 'X9' })], late).reason,
    ).toBe('unbalanced')
    expect(orderOf(events, { ...late, resolutions })).toMatchObject({ safeToRetry: false })
  })

  test('A-10 an excess that is closed on one payment lowers no other payment', () => {
    const events = [
      told('118', [20], { reference: 'T2', authorizedTotal: 20 }),
      told('126', [20, 70], { reference: 'T2', authorizedTotal: 20 }),
      told('118', [50], { reference: 'T3', authorizedTotal: 50 }),
    ]
    const resolutions = [operatorOn(events, 'amount_mismatch', null)]
    expect(orderOf(events, { ...late, resolutions })).toMatchObject({ safeToRetry: false })
  })

  test('Q-5 a capture that is asked for again after an operator denied it is not denied too', () => {
    const first = [toldAt('116', 0, 0), toldAt('117', 1, 60)]
    const resolutions = [operatorOn(first, 'missing_notification', 'not_processed')]
    const again = [...first, toldAt('117', 9, 60)]
    for (const end of [toldAt('115', 10, 60), toldAt('114', 10, 60)])
      expect(orderOf([...again, end], { ...late, resolutions })).toMatchObject({ safeToRetry: false })
  })
})
