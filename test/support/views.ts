import type { Discrepancy } from '../../src/domain/reconciliation/transaction.ts'
import { openIn, orderOf, settle, transactionOf } from './facts.ts'

/** What tests ask of what is believed, in one word each. */

export const statusOf = (...args: Parameters<typeof transactionOf>): string => transactionOf(...args).status

/** Why the only order is, or is not, safe to retry. */
export const adviceOf = (...args: Parameters<typeof orderOf>): string => orderOf(...args).reason

/** `operation reconciliation` of every operation of the only transaction. */
export const stepsOf = (...args: Parameters<typeof transactionOf>): string[] =>
  transactionOf(...args).operations.map(({ operation, reconciliation }) => `${operation} ${reconciliation}`)

/** Authorized, captured, refunded, charged back: of the only transaction. */
export const totalsOf = (...args: Parameters<typeof transactionOf>): (number | null)[] => {
  const { authorizedTotal, capturedTotal, refundedTotal, chargedBackTotal } = transactionOf(...args)
  return [authorizedTotal, capturedTotal, refundedTotal, chargedBackTotal]
}

/** Of every transaction. */
export const reconciliations = (...args: Parameters<typeof settle>): string[] =>
  settle(...args).transactions.map(({ reconciliation }) => reconciliation)

/** Every open discrepancy, of transactions, orders and orphans together. */
export const found = (...args: Parameters<typeof settle>): Discrepancy[] => openIn(settle(...args))

/** Key of every open discrepancy, with what it quotes of each side. */
export const quotedBy = (...args: Parameters<typeof settle>): string[][] =>
  found(...args).map(({ key, response, notification }) => [key, response.join(), notification.join()])
