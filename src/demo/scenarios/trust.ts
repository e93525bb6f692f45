import { be2billNotifies, hipayNotifies, later, payment, transaction } from '../samples.ts'
import type { Scenario } from '../scenario.ts'

const forged = payment('900000000013', 'ORDER-13')
const asked = payment('A200000007', 'ORDER-107', { amount: 9_900 })
const rotated = payment('900000000014', 'ORDER-14')
const underDalenys = payment('A200000005', 'ORDER-105')
const underBe2bill = payment('A200000006', 'ORDER-106')
const novel = payment('900000000015', 'ORDER-15')
const newCode = payment('A200000008', 'ORDER-108')

/** Which signatures are accepted, and what happens to codes that this build does not know. */
export const trust: readonly Scenario[] = [
  {
    name: 'Forged signature',
    sentence: 'A forger raises the amount under a real signature, another signs nothing: neither counts.',
    account: 'page-hipay',
    inputs: [
      { ...hipayNotifies('118', forged), tamper: true, answers: 401 },
      { ...hipayNotifies('118', forged), unsigned: true, answers: 401 },
    ],
    expect: { transactions: [], unknown: [forged.reference] },
  },
  {
    name: 'Be2bill: forged amount',
    sentence: 'A raised amount under a real HASH is refused; the true notification still counts.',
    account: 'page-be2bill',
    inputs: [
      { ...be2billNotifies('payment', '0000', asked), tamper: true, answers: 401 },
      be2billNotifies('payment', '0000', asked),
    ],
    expect: {
      transactions: [
        transaction(asked, 'captured', 'notification_only', { capturedTotal: 9_900, events: 1 }),
      ],
    },
  },
  {
    name: 'Rotated secret',
    sentence: 'During a change both passphrases count; one that has expired does not.',
    account: 'rotating-hipay',
    inputs: [
      { ...hipayNotifies('116', rotated), sign: { secretId: 'former' } },
      { ...hipayNotifies('118', later(rotated, 60)), sign: { secretId: 'new' } },
      { ...hipayNotifies('125', later(rotated, 120)), sign: { secretId: 'expired' }, answers: 401 },
    ],
    expect: {
      transactions: [
        transaction(rotated, 'captured', 'notification_only', {
          capturedTotal: 5_000,
          refundedTotal: 0,
          events: 2,
        }),
      ],
    },
  },
  {
    name: 'Either name in the URL',
    sentence: 'A be2bill account notified under /dalenys/, and the reverse, once in the query by GET.',
    account: 'page-be2bill',
    inputs: [
      { ...be2billNotifies('payment', '0000', underDalenys), via: 'dalenys' },
      {
        ...be2billNotifies('payment', '0000', underBe2bill),
        account: 'shop-dalenys',
        via: 'be2bill',
        sign: { method: 'GET' },
      },
    ],
    expect: {
      transactions: [
        transaction(underDalenys, 'captured', 'notification_only'),
        transaction(underBe2bill, 'captured', 'awaiting_response', { account: 'shop-dalenys' }),
      ],
    },
  },
  {
    name: 'Unknown status code',
    sentence: 'A code that HiPay has not published yet is acknowledged, kept and shown.',
    account: 'page-hipay',
    inputs: [hipayNotifies('199', novel)],
    expect: {
      transactions: [transaction(novel, 'unrecognized', 'notification_only', { events: 1 })],
      order: { paid: false, safeToRetry: false },
    },
  },
  {
    name: 'Unknown EXECCODE',
    sentence: 'A new code of the 5 family may be money: it is kept, and asking again is not called safe.',
    account: 'page-be2bill',
    inputs: [be2billNotifies('payment', '5999', newCode)],
    expect: {
      transactions: [transaction(newCode, 'unrecognized', 'notification_only', { events: 1 })],
      order: { paid: false, safeToRetry: false },
    },
  },
]
