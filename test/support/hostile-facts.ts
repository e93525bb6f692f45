import type { Resolution, StoredEvent } from '../../src/domain/event/evidence.ts'
import {
  at,
  beAnswered,
  beNotified,
  counters,
  DAY,
  notified,
  openIn,
  RECEIVED_AT,
  settle,
  type Circumstances,
  type Given,
} from './facts.ts'

/** What hostile readings of the rules are told with: the least that may make a yes wrong. */

/** No answer is waited for, and every deadline is over. */
export const late: Circumstances = { after: DAY, policy: { responses: 'none' } }

/** A HiPay notification at that second, in counters of hundreds. */
export const toldAt = (
  code: string,
  second: number,
  total: number | [captured: number, refunded: number],
  given: Given = {},
): StoredEvent =>
  notified(code, {
    ...counters(100, ...[total].flat()),
    ...{ createdAt: at(0), occurredAt: at(second), ...given },
  })

/** A Be2bill step that both sides tell, naming its payment. */
export const linkedStep = (
  operation: string,
  reference: string,
  amount: number | null,
  { payment = 'A1', code = '0000', ...given }: Given & { payment?: string; code?: string } = {},
): StoredEvent[] => [
  beNotified(operation, code, { reference, amount, ...given }),
  beAnswered(operation, code, { reference, amount, parentReference: payment, ...given }),
]

export const sold = beNotified('payment', '0000', { amount: 100 })
export const authorized = beNotified('authorization', '0000', { amount: 100 })
export const refused = beNotified('payment', '4001', { amount: 100 })

/** What an operator states about the only open discrepancy of that class that these messages open. */
export function operatorOn(
  events: readonly StoredEvent[],
  about: string,
  outcome: Resolution['outcome'],
  given = late,
): Resolution {
  const [found, ...others] = openIn(settle(events, given)).filter((open) => open.class === about)
  if (found === undefined || others.length > 0) throw new Error(`${others.length} others of ${about}`)
  return { key: found.key, covers: found.covers, outcome, at: RECEIVED_AT }
}
