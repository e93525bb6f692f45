import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import type { OrderMoney } from './order-money.ts'
import { scheduleOf } from './instalment-schedule.ts'
import { sumOf } from '../money/step-total.ts'
import { isInitial } from '../operations/operation-view.ts'
import type { Schedule } from '../event/transaction-event.ts'

/** Has the customer of one order paid more than once? */
export interface DuplicatePayment {
  /** The payments that stand at the same time. */
  payments: readonly StandingPayment[]
  /** Their sum less the largest, less what unlinked steps gave back; null: an amount is unknown. */
  amountAtRisk: number | null
}

export interface StandingPayment {
  root: string
  amount: number | null
  /** The amount and the part of its authorization that may still be captured; null: not known. */
  reach: number | null
  schedule: Schedule | null
}

/**
 * `reconciled` are the order's transactions that count. Null: at most one payment stands, or they are parts of one.
 */
export function duplicatePayment(
  reconciled: readonly ReconciledTransaction[],
  money: OrderMoney,
): DuplicatePayment | null {
  const standing = reconciled.flatMap(standingPayment)
  const payments = plansOf(standing, reconciled)
  if (payments.length < 2) return null
  if (money.currency === null) return { payments: standing, amountAtRisk: null }
  const sum = sumOf(standing.map(({ reach }) => reach))
  if (sum !== null && isWithinAnnounced(sum, money)) return null
  const atRisk = allButLargest(payments, money.givenBack)
  return atRisk === 0 ? null : { payments: standing, amountAtRisk: atRisk }
}

/** Payments within the announced amount are parts of one payment. */
function isWithinAnnounced(sum: number, { expected }: OrderMoney): boolean {
  return expected !== null && !expected.foreign && sum <= expected.amount
}

function allButLargest(payments: readonly StandingPayment[][], givenBack: number): number | null {
  let sum = 0
  let largest = 0
  for (const plan of payments) {
    const amount = sumOf(plan.map((payment) => payment.amount))
    if (amount === null) return null
    sum += amount
    largest = Math.max(largest, amount)
  }
  return Math.max(0, sum - largest - givenBack)
}

/** A payment that was granted and neither given back nor voided. */
function standingPayment({ transaction, folded, facts }: ReconciledTransaction): StandingPayment[] {
  const root = transaction.reference
  const schedule = scheduleOf(facts)
  const { granted, voided, remainder } = folded.authorization
  if (!granted) return []
  const authorized = folded.authorizedTotal
  if (folded.status === 'authorized') return [{ root, amount: authorized, reach: authorized, schedule }]
  if (!folded.captured.settled) return []
  const held = heldBy(folded)
  const amount = held === null || voided === null ? null : held - voided
  const reach = amount === null || remainder === null ? null : amount + remainder
  return amount === null || amount > 0 ? [{ root, amount, reach, schedule }] : []
}

/** Captured less what was refunded and what disputes hold. Null: an amount is unknown. */
export function heldBy(folded: ReconciledTransaction['folded']): number | null {
  const { captured, refunded, dispute } = folded
  if (captured.total === null || refunded.total === null || dispute.total === null) return null
  return captured.total - refunded.total - dispute.total
}

/**
 * Instalments of one plan are one payment, and so is the replacement of a refused one. The same instalment paid twice
 * belongs to two plans.
 */
function plansOf(
  standing: readonly StandingPayment[],
  reconciled: readonly ReconciledTransaction[],
): StandingPayment[][] {
  const plans = new Map<string, StandingPayment[]>()
  const turns = new Map<string, number>()
  const ordinary: StandingPayment[] = []
  for (const payment of standing) {
    const { schedule } = payment
    if (schedule === null) ordinary.push(payment)
    else {
      const instalment = `${schedule.index}-${schedule.total}`
      const turn = turns.get(instalment) ?? 0
      turns.set(instalment, turn + 1)
      const key = `${schedule.total}:${turn}`
      plans.set(key, [...(plans.get(key) ?? []), payment])
    }
  }
  for (const { total, amount } of refusedInstalments(reconciled)) {
    const plan = plans.get(`${total}:0`)
    const index = ordinary.findIndex((payment) => payment.amount === amount)
    if (plan !== undefined && index !== -1) plan.push(...ordinary.splice(index, 1))
  }
  return [...plans.values(), ...ordinary.map((payment) => [payment])]
}

/** The refused instalments, each with the requested amount. */
export function refusedInstalments(
  reconciled: readonly ReconciledTransaction[],
): { total: number; amount: number }[] {
  return reconciled.flatMap(({ folded, facts }) => {
    const schedule = scheduleOf(facts)
    const refused = folded.operations.find(
      (operation) => isInitial(operation) && operation.overall.outcome === 'declined',
    )
    const amount = refused?.amount ?? null
    return schedule === null || amount === null ? [] : [{ total: schedule.total, amount }]
  })
}
