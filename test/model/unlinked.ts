import type { Deed, TrueOrder, Truth } from './ledger.ts'
import { deedsOf, isDone } from './ledger.ts'

/** Steps that name no payment, as Be2bill notifies them. */

/** Be2bill: only the forwarded answer says which payment a step acted on. A dispute names its payment. */
export const isUnlinked = ({ kind, call }: Deed): boolean =>
  (kind === 'capture' || kind === 'refund' || kind === 'void') && call?.known.told !== 'answered'

/** Be2bill: an unlinked step of a payment that no message tells looks like one on a payment that is told. */
export function hasUntoldPayment({ payments }: TrueOrder, { provider }: Truth): boolean {
  const steps = payments.flatMap(({ steps: all }) => all).filter(isUnlinked)
  return (
    provider === 'be2bill' &&
    steps.some((step) => step.heard.notifiedAt !== null && !isTold(step.payment.initial))
  )
}

/** By name: a call that was cut off names no payment, and another attempt may be taken for what came of it. */
const isTold = ({ heard: { notification, response, counted } }: Deed): boolean =>
  notification !== null || response === 'open' || response === 'final' || counted

export const takesMoney = ({ kind, payment }: Deed): boolean =>
  kind === 'capture' || (kind === 'payment' && payment.sale)

/** Be2bill: a refund without a link does not lower money that was heard of much later. */
export function hasLatePayment({ payments }: TrueOrder, { provider, policy }: Truth): boolean {
  if (provider !== 'be2bill') return false
  const { notification } = policy.deadlines
  const steps = payments.flatMap(({ steps: all }) => all).filter(isUnlinked)
  const isLate = (taken: Deed, step: Deed): boolean =>
    (taken.heard.notifiedAt ?? 0) > (step.heard.notifiedAt ?? 0) + notification
  const taking = payments.flatMap((payment) => [payment.initial, ...deedsOf(payment).filter(takesMoney)])
  return steps.some((step) => taking.some((taken) => isLate(taken, step)))
}

/** Be2bill: a void ends what is not captured; whether a capture without a link was of its payment, nothing says. */
export function hasVoidBesideCapture({ payments }: TrueOrder, { provider }: Truth): boolean {
  const steps = payments.flatMap(({ steps: all }) => all).filter(isDone)
  const isLoose = (step: Deed): boolean => step.kind === 'capture' && isUnlinked(step)
  return provider === 'be2bill' && steps.some(isLoose) && steps.some(({ kind }) => kind === 'void')
}
