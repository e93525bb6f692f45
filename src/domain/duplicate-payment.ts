import type { Judged } from './judged-transaction.ts'
import { isInitial, sumOf } from './totals.ts'
import type { Schedule } from './transaction-event.ts'

/** Has the customer of one order paid more than once? */
export interface DuplicatePayment {
  /** Roots of the payments that stand side by side. */
  roots: string[]
  /** All of them less the largest, less what was given back without a link; null: an amount is unknown. */
  amountAtRisk: number | null
}

interface Live {
  root: string
  amount: number | null
  schedule: Schedule | null
}

/** `judged` are the order's transactions that count. Null: at most one payment stands. */
export function duplicatePayment(judged: readonly Judged[]): DuplicatePayment | null {
  const live = judged.flatMap(liveOf)
  const payments = plansOf(live)
  if (payments.length < 2) return null
  const roots = live.map(({ root }) => root)
  const atRisk = allButLargest(payments, givenBackUnlinked(judged))
  return atRisk === 0 ? null : { roots, amountAtRisk: atRisk }
}

function allButLargest(payments: readonly Live[][], givenBack: number): number | null {
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

/** A payment that was granted and has neither been given back nor let go. */
function liveOf({ transaction, folded, facts }: Judged): Live[] {
  const root = transaction.reference
  const schedule = scheduleOf(facts)
  const granted = folded.operations.some(
    (operation) => isInitial(operation) && operation.word.outcome === 'done',
  )
  if (!granted) return []
  if (folded.status === 'authorized') return [{ root, amount: folded.authorizedTotal, schedule }]
  if (!folded.captured.settled) return []
  const amount = heldBy(folded)
  return amount === null || amount > 0 ? [{ root, amount, schedule }] : []
}

/** Captured and still here: minus what was refunded and what disputes hold. Null: an amount is unknown. */
export function heldBy(folded: Judged['folded']): number | null {
  const { captured, refunded, dispute } = folded
  if (captured.total === null || refunded.total === null || dispute.total === null) return null
  return captured.total - refunded.total - dispute.total
}

/** Instalments of one plan are one payment. The same instalment paid twice is two plans. */
function plansOf(live: readonly Live[]): Live[][] {
  const plans: Live[][] = []
  const seen = new Map<string, number>()
  const planAt = new Map<string, Live[]>()
  for (const payment of live) {
    const { schedule } = payment
    if (schedule === null) {
      plans.push([payment])
      continue
    }
    const instalment = `${schedule.index}-${schedule.total}`
    const turn = seen.get(instalment) ?? 0
    seen.set(instalment, turn + 1)
    const key = `${schedule.total}:${turn}`
    const plan = planAt.get(key) ?? []
    plan.push(payment)
    if (plan.length === 1) plans.push(plan)
    planAt.set(key, plan)
  }
  return plans
}

function scheduleOf(facts: Judged['facts']): Schedule | null {
  return facts.find(({ schedule }) => schedule !== null)?.schedule ?? null
}

/** Refunds and voids whose payment nobody named still undo one of the order's payments. */
function givenBackUnlinked(judged: readonly Judged[]): number {
  return judged
    .flatMap(({ folded }) => (folded.operations.some(isInitial) ? [] : folded.operations))
    .filter(({ kind, word }) => (kind === 'refund' || kind === 'void') && word.outcome === 'done')
    .reduce((sum, { amount }) => sum + (amount ?? 0), 0)
}
