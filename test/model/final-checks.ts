import type { Reconciled } from '../../src/domain/reconcile.ts'
import type { DiscrepancyClass } from '../../src/domain/reconciliation/discrepancy-classes.ts'
import type { Status, Transaction } from '../../src/domain/reconciliation/transaction.ts'
import { announcedFor, doneBy, givesBack, isNotified, openOf, riskOf, transactionsOf } from './checks.ts'
import type { Fault } from './checks.ts'
import { CALLS, cloudsOf, STRAYS } from './clouds.ts'
import type { Reason } from './clouds.ts'
import { explains, isAnnouncedAfter, missingAlarms } from './alarms.ts'
import type { Case } from './alarms.ts'
import type { Call, Deed, Payment, TrueOrder, Truth } from './ledger.ts'
import { deedsOf, doneOf, isDone, sum } from './ledger.ts'
import { fearsOf, isTold, neverProcessed } from './standing.ts'
import { isUnlinked, takesMoney } from './unlinked.ts'

/** When all has arrived that ever will, and every deadline is over: the exact answer, and no alarm that the truth does not explain. */

export interface Verdict {
  faults: Fault[]
  /** Orders of which the truth and everything told say yes. */
  yes: { safe: number; paid: number; matched: number }
  /** … and the service did not. */
  withheld: { safe: number; paid: number; matched: number; reasons: string[] }
  /** Open discrepancies that the truth explains, by class. */
  explained: DiscrepancyClass[]
}

export function finalVerdict(truth: Truth, believed: Reconciled, now: number): Verdict {
  const verdict: Verdict = {
    faults: [],
    yes: { safe: 0, paid: 0, matched: 0 },
    withheld: { safe: 0, paid: 0, matched: 0, reasons: [] },
    explained: [],
  }
  for (const order of truth.orders) {
    const shown = believed.orders.find(({ orderId }) => orderId === order.id)
    const payments = transactionsOf(believed, order.id)
    if (shown !== undefined) judge({ truth, order, shown, payments, now }, verdict)
    else if (order.payments.some(({ initial }) => isNotified(initial)))
      verdict.faults.push({ check: 'exact', text: `${order.id} is unknown`, clouds: [] })
  }
  return verdict
}

function judge(given: Case, verdict: Verdict): void {
  const { truth, order, shown, payments } = given
  const deeds = order.payments.flatMap(deedsOf)
  const complete = deeds.every(isNotified) && !deeds.some(isUnreadable) && order.known.closed.length === 0
  if (complete) verdict.faults.push(...inexact(given))
  else verdict.faults.push(...lostMoney(given))
  const clouds = cloudsOf(CALLS, given)
  for (const { class: found } of openOf(shown, payments)) {
    if (explains(order, truth, found)) verdict.explained.push(found)
    else
      verdict.faults.push({
        check: 'explained',
        text: `${order.id}: nothing explains an open ${found}`,
        clouds,
      })
  }
  verdict.faults.push(...missingAlarms(given))
  countYes(given, verdict)
}

/** Its last word has an unknown code: what came of it is told by no message. */
const isUnreadable = ({ oddly }: Deed): boolean => oddly === 'unknown_code'

function inexact(given: Case): Fault[] {
  const { truth, order, shown, payments, now } = given
  const done = doneBy(order, now)
  const captured = sum(done.filter(takesMoney))
  const refunded = sum(done.filter(({ kind }) => kind === 'refund'))
  const net =
    captured - sum(done.filter(givesBack)) + sum(done.filter(({ kind }) => kind === 'representment'))
  // What an answer said wrongly stays in doubt until an operator looks.
  if (order.payments.some(({ initial }) => initial.oddly === 'answer_wrong')) return []
  const differs = [
    differing('captured', captured, shown.paidTotal),
    differing('refunded', refunded, shown.refundedTotal),
    differing('net', net, shown.netTotal),
    differing('paid', net > 0 && net >= announcedFor(order), shown.paid),
    ...order.payments.flatMap((payment) => statusDiffers(truth, payment, payments)),
  ]
  return differs.flatMap((difference) => {
    if (difference === null) return []
    // An unknown amount is a withheld one, and what status it makes; a wrong one has fewer excuses.
    const among = difference.isWithheld || shown.paidTotal === null ? WITHHOLDING : WRONG
    return [
      { check: 'exact', text: `${order.id}: ${difference.text}`, clouds: cloudsOf(among, given) } as const,
    ]
  })
}

const WRONG: readonly Reason[] = ['overlapping', 'late_payment', 'vague_void', ...STRAYS]
const WITHHOLDING: readonly Reason[] = ['vague_refusal', 'void_alone', 'void_beside_capture', ...WRONG]

interface Difference {
  text: string
  isWithheld: boolean
}

function differing<Value>(what: string, right: Value, said: Value | null): Difference | null {
  if (right === said) return null
  const isWithheld = said === null || (what === 'paid' && right === true)
  return { text: `${what} is ${String(right)}, said to be ${String(said)}`, isWithheld }
}

function statusDiffers(
  { provider }: Truth,
  payment: Payment,
  shown: readonly Transaction[],
): (Difference | null)[] {
  const transaction = shown.find(({ reference }) => reference === payment.reference)
  if (transaction === undefined) return [{ text: `${payment.name} is unknown`, isWithheld: false }]
  const unlinked = provider === 'be2bill' && payment.steps.some(isUnlinked)
  return unlinked ? [] : [differing(`status of ${payment.name}`, statusOf(payment), transaction.status)]
}

/** What became of a payment in the end, as the page of the lifecycle calls it. */
function statusOf(payment: Payment): Status {
  if (!isDone(payment.initial)) return 'declined'
  const total = (kind: Deed['kind']): number => sum(doneOf(payment, kind))
  const captured = payment.sale ? payment.amount : total('capture')
  if (total('chargeback') > total('representment')) return 'charged_back'
  if (total('refund') > 0) return total('refund') >= captured ? 'refunded' : 'partially_refunded'
  if (captured > 0) return captured < payment.amount ? 'partially_captured' : 'captured'
  if (total('void') > 0) return 'voided'
  return total('expiry') > 0 ? 'expired' : 'authorized'
}

/** That the customer has still to act tells of no money. */
const isMoneyTold = ({ heard }: Deed): boolean =>
  heard.notification === 'final' || heard.response === 'final' || heard.settledCount

/** Whatever was told in any way is in a total or at risk. */
function lostMoney({ truth, order, shown, payments, now }: Case): Fault[] {
  if (order.known.closed.length > 0 || shown.paidTotal === null) return []
  const taken = doneBy(order, now).filter(takesMoney)
  const captured = sum(taken.filter(isMoneyTold))
  const counted = sum(taken.filter((deed) => isMoneyTold(deed) || deed.heard.counted))
  const risk = riskOf(shown, payments)
  if (shown.paidTotal >= captured - risk && shown.paidTotal <= counted + risk) return []
  const text = `${order.id}: ${captured} were captured and told of, ${shown.paidTotal} are in the total and ${risk} at risk`
  return [{ check: 'money', text, clouds: cloudsOf(['vague_refusal', ...CALLS], { truth, order, now }) }]
}

function countYes({ truth, order, shown, payments, now }: Case, { yes, withheld, faults }: Verdict): void {
  const disputed = order.payments.some(
    (payment) => doneOf(payment, 'chargeback').length > doneOf(payment, 'representment').length,
  )
  const deeds = order.payments.flatMap(deedsOf)
  const wrong = deeds.some((deed) => deed.oddly === 'answer_wrong' || isUnreadable(deed))
  if (order.known.closed.length > 0 || disputed || wrong || !deeds.every(isNotified)) return
  const matched = payments.filter(({ reconciliation }) => reconciliation === 'matched')
  const both = order.payments.filter((payment) =>
    deedsOf(payment).every(({ heard }) => heard.response !== null),
  )
  yes.matched += both.length
  withheld.matched += Math.max(0, both.length - matched.length)
  if (fearsOf(order, now).length > 0) return
  yes.safe += 1
  if (shown.safeToRetry) return
  withheld.safe += 1
  withheld.reasons.push(shown.reason)
  if (!isClear(order, truth)) return
  faults.push({
    check: 'exact',
    text: `${order.id} is safe to retry, said not to be: ${shown.reason}`,
    // An amount that is not known withholds it too (M-5).
    clouds: cloudsOf(['void_alone', 'vague_refusal', ...CALLS], { truth, order, now }),
  })
}

/** Every call is told by an answer that names what came of it. */
function isClear(order: TrueOrder, { provider }: Truth): boolean {
  const { calls, known, payments } = order
  if (provider === 'be2bill' && payments.flatMap(deedsOf).some(isUnlinked)) return false
  if (known.hinted || calls.some(isAnnouncedAfter) || isClosedVaguely(order)) return false
  return calls.every((call) => call.made && call.known.told !== null && isNamed(call))
}

/** The operator closed one of several calls of which nothing came. */
function isClosedVaguely({ known, calls }: TrueOrder): boolean {
  return known.closedAsNothing > 0 && calls.filter((call) => isTold(call) && neverProcessed(call)).length > 1
}

/** Its answer says by name what came of it. */
function isNamed({ known, deeds, channel }: Call): boolean {
  if (known.told === 'not_processed' || known.told === 'duplicate') return true
  return (
    channel === 'hosted' || deeds.some(({ heard }) => heard.response === 'final' || heard.response === 'open')
  )
}
