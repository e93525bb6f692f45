import type { Judged } from './judged-transaction.ts'
import { isInitial, sumOf } from './totals.ts'

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
}

/** `judged` are the order's transactions that count. Null: at most one payment stands. */
export function duplicatePayment(judged: readonly Judged[]): DuplicatePayment | null {
  const live = judged.flatMap((transaction) => liveOf(transaction))
  const payments = plansOf(live, judged)
  if (payments.length < 2) return null
  const amounts = payments.map((plan) => sumOf(plan.map(({ amount }) => amount)))
  const roots = live.map(({ root }) => root)
  const sum = sumOf(amounts)
  if (sum === null) return { roots, amountAtRisk: null }
  const largest = Math.max(...amounts.map((amount) => amount ?? 0))
  const atRisk = sum - largest - givenBackUnlinked(judged)
  return atRisk > 0 ? { roots, amountAtRisk: atRisk } : null
}

/** A payment that was granted and has neither been given back nor let go. */
function liveOf({ transaction, folded }: Judged): Live[] {
  const root = transaction.reference
  const granted = folded.operations.some(
    (operation) => isInitial(operation) && operation.word.outcome === 'done',
  )
  if (!granted) return []
  if (folded.status === 'authorized') return [{ root, amount: folded.authorizedTotal }]
  if (!folded.captured.settled) return []
  const amount = heldBy(folded)
  return amount === null || amount > 0 ? [{ root, amount }] : []
}

/** Captured and still here: minus what was refunded and what disputes hold. Null: an amount is unknown. */
export function heldBy(folded: Judged['folded']): number | null {
  const { captured, refunded, dispute } = folded
  if (captured.total === null || refunded.total === null || dispute.total === null) return null
  return captured.total - refunded.total - dispute.total
}

/** Instalments of one plan are one payment. The same instalment paid twice is two plans. */
function plansOf(live: readonly Live[], judged: readonly Judged[]): Live[][] {
  const plans: Live[][] = []
  const seen = new Map<string, number>()
  const planAt = new Map<string, Live[]>()
  for (const payment of live) {
    const schedule = scheduleOf(payment.root, judged)
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

function scheduleOf(root: string, judged: readonly Judged[]): { index: number; total: number } | null {
  const facts = judged.find(({ transaction }) => transaction.reference === root)?.facts ?? []
  const schedule = facts.find((fact) => fact.schedule !== null)?.schedule ?? null
  return schedule !== null && schedule.total > 1 ? schedule : null
}

/** Refunds and voids whose payment nobody named still undo one of the order's payments. */
function givenBackUnlinked(judged: readonly Judged[]): number {
  return judged
    .flatMap(({ folded }) => (folded.operations.some(isInitial) ? [] : folded.operations))
    .filter(({ kind, word }) => (kind === 'refund' || kind === 'void') && word.outcome === 'done')
    .reduce((sum, { amount }) => sum + (amount ?? 0), 0)
}
