import type { Resolution, StoredEvent } from '../../src/domain/event/evidence.ts'
import { beAnswered, beNotified, openIn, RECEIVED_AT, settle, type Given } from './facts.ts'
import { late } from './hostile-facts.ts'

/** Histories in one line each, for hostile readings of the rules. */

/** A Be2bill step that both sides tell, naming its payment. */
export const linkedStep = (
  operation: string,
  reference: string,
  amount: number | null,
  { payment = 'A1', ...given }: Given & { payment?: string } = {},
): StoredEvent[] => [
  beNotified(operation, '0000', { reference, amount, ...given }),
  beAnswered(operation, '0000', { reference, amount, parentReference: payment, ...given }),
]

/** An operator's word about the only open discrepancy of that class, as it is shown. */
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
