import {
  HIPAY_MESSAGES,
  be2billAnswer,
  be2billNotification,
  hipayAnswer,
  hipayNotification,
  majorUnits,
  type HipayStatement,
  type SamplePayment,
} from '../cli/sample-notifications.ts'
import type { NotificationStep, ResponseStep } from './scenario.ts'

/** Steps in the words of the providers, so that a scenario reads like a story. */

/** A payment of 50.00 EUR at a fixed moment; name what differs. */
export const payment = (
  reference: string,
  orderId: string,
  other: Partial<SamplePayment> = {},
): SamplePayment => ({
  reference,
  orderId,
  amount: 5_000,
  currency: 'EUR',
  at: new Date('2026-04-01T10:00:00Z'),
  test: true,
  ...other,
})

/** The same payment some seconds later by the provider's clock. */
export const later = (of: SamplePayment, seconds: number): SamplePayment => ({
  ...of,
  at: new Date(of.at.getTime() + seconds * 1_000),
})

export const hipayNotifies = (
  status: string,
  about: SamplePayment,
  stated: HipayStatement = {},
): NotificationStep => {
  const fields = hipayNotification(status, about, stated)
  return { send: 'notification', says: hipayWords(status, about, stated), fields, answers: 200 }
}

export const hipayAnswers = (
  status: string,
  about: SamplePayment,
  stated: HipayStatement = {},
): ResponseStep => ({
  send: 'response',
  says: hipayWords(status, about, stated),
  forwarding: { orderId: about.orderId, body: hipayAnswer(status, about, stated) },
  answers: 202,
})

export const be2billNotifies = (
  operation: string,
  execCode: string,
  about: SamplePayment,
): NotificationStep => ({
  send: 'notification',
  says: be2billWords(operation, execCode, about),
  fields: be2billNotification(operation, execCode, about),
  answers: 200,
})

export const be2billAnswers = (operation: string, execCode: string, about: SamplePayment): ResponseStep => ({
  send: 'response',
  says: be2billWords(operation, execCode, about),
  forwarding: {
    orderId: about.orderId,
    operation,
    amount: about.amount,
    currency: about.currency,
    body: be2billAnswer(operation, execCode, about),
  },
  answers: 202,
})

const be2billWords = (operation: string, execCode: string, { amount, currency }: SamplePayment): string =>
  `${operation} ${execCode}, ${majorUnits(amount, currency)} ${currency}`

function hipayWords(status: string, { amount, currency }: SamplePayment, stated: HipayStatement): string {
  const moved = stated.operation?.amount ?? stated.captured ?? stated.authorized ?? amount
  return `${status} ${HIPAY_MESSAGES[status] ?? 'unknown'}, ${majorUnits(moved, currency)} ${currency}`
}
