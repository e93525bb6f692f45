import {
  be2billNotification,
  be2billResponse,
  hipayNotification,
  hipayResponse,
  type HipayStatement,
  type SamplePayment,
} from '../cli/sample-notifications.ts'
import type { ExpectedTransaction, NotificationInput, ResponseInput } from './scenario.ts'

/** Inputs and expectations of sample payments, so that a scenario reads like a story. */

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
): NotificationInput => ({ kind: 'notification', fields: hipayNotification(status, about, stated) })

export const hipayAnswers = (
  status: string,
  about: SamplePayment,
  stated: HipayStatement = {},
): ResponseInput => ({ kind: 'response', ...hipayResponse(status, about, stated) })

export const be2billNotifies = (
  operation: string,
  execCode: string,
  about: SamplePayment,
): NotificationInput => ({ kind: 'notification', fields: be2billNotification(operation, execCode, about) })

export const be2billAnswers = (operation: string, execCode: string, about: SamplePayment): ResponseInput => ({
  kind: 'response',
  ...be2billResponse(operation, execCode, about),
})

/** The transaction that must follow of a payment. */
export const transaction = (
  { reference }: SamplePayment,
  status: ExpectedTransaction['status'],
  reconciliation: ExpectedTransaction['reconciliation'],
  other: Partial<ExpectedTransaction> = {},
): ExpectedTransaction => ({ reference, status, reconciliation, ...other })
