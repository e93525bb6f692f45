import type { MessageOutcome, ReconciliationUnit, StatingUnit } from '../../inbox/reconcile/stores.ts'
import { topicOf } from '../../lib/wake-up.ts'
import { notifyingStatement } from '../change-feed.ts'
import type { LastStatement } from '../pool.ts'
import { columns } from '../unnest-parameters.ts'
import { appendingStatement } from './append-events.ts'
import type { CHANGE_OUTCOMES, FINISH_MESSAGES } from './finish-messages.sql.ts'
import { FORGET_REPETITIONS, NOTE_REPETITIONS, SUPERSEDE_EVENTS } from './state-facts.sql.ts'

/** How the outcome of messages is recorded: of those in the queue, or of those that have one already. */
export interface Finishing {
  name: string
  text: typeof FINISH_MESSAGES | typeof CHANGE_OUTCOMES
}

/** What translated messages write, all of it with the commit. */
export const statingUnit = (
  unit: ReconciliationUnit,
  last: LastStatement[],
  finishing: Finishing,
): StatingUnit => ({
  ...unit,
  supersede: ({ inboxIds, events }, now) => {
    const values = columns(
      events,
      ({ inboxId }) => inboxId,
      ({ id }) => id,
    )
    if (events.length > 0) last.push({ text: SUPERSEDE_EVENTS, values: [...values, now] })
    last.push({ text: FORGET_REPETITIONS, values: [inboxIds] })
  },
  append: (events) => {
    last.push(...appendingStatement(events))
  },
  repeat: (repetitions) => {
    if (repetitions.length === 0) return
    const keys = Buffer.from(repetitions.map(({ eventKey }) => eventKey).join(''), 'hex')
    const inboxIds = repetitions.map(({ inboxId }) => inboxId)
    last.push({ name: 'note_repetitions', text: NOTE_REPETITIONS, values: [keys, inboxIds] })
  },
  finish: (outcomes, now) => {
    last.push(...finishingStatements(finishing, outcomes, now))
  },
})

const topicsOf = (outcomes: readonly MessageOutcome[]): string[] =>
  outcomes.map(({ inboxId }) => topicOf('message', inboxId))

export function finishingStatements(
  { name, text }: Finishing,
  outcomes: readonly MessageOutcome[],
  now: Date,
): LastStatement[] {
  const values = columns(
    outcomes,
    (outcome) => outcome.inboxId,
    (outcome) => outcome.state,
    (outcome) => outcome.family,
    (outcome) => outcome.code,
    (outcome) => outcome.detail,
    (outcome) => outcome.translation,
  )
  return [{ name, text, values: [...values, now] }, ...notifyingStatement(topicsOf(outcomes))]
}
