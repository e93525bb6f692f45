import { announcedFrom, callInterval, isNotBefore } from './calls.ts'
import type { Attempt, Interval, Times } from './calls.ts'
import { mayAnswerWithoutTime } from './claims.ts'
import { pairUp } from './matching.ts'
import type { Expectation, StoredEvent } from './transaction.ts'

/** Which announced payment calls have been made: each answers one announcement, as it was last said. */

/** A payment call as far as it is known. */
interface Made {
  /** What came of it at the provider; null: only the merchant has told of it. */
  attempt: Attempt | null
  /** When the merchant made it; null: the merchant told nothing of it. */
  told: Interval | null
  operationId: string | null
}

export interface KnownCalls {
  attempts: readonly Attempt[]
  /** The answers that each attempt's call got, by root. */
  answersOf: (root: string) => readonly StoredEvent[]
  /** Payment calls that no attempt answers. */
  open: readonly StoredEvent[]
}

/** The announced direct calls that nothing shows to have been made since they were last announced. */
export function unansweredAnnouncements(
  announced: readonly Expectation[],
  { attempts, answersOf, open }: KnownCalls,
  times: Times,
): Expectation[] {
  const direct = announced.filter(({ channel }) => channel !== 'hosted')
  if (direct.length === 0) return []
  const made: Made[] = [
    ...attempts.map((attempt) => {
      const [answer] = answersOf(attempt.root)
      return {
        attempt,
        told: answer === undefined ? null : callInterval(answer, times),
        operationId: answer?.operationId ?? null,
      }
    }),
    ...open.map((call) => ({
      attempt: null,
      told: callInterval(call, times),
      operationId: call.operationId,
    })),
  ]
  const pairs = pairUp(direct, made, (expectation, call) => answers(expectation, call, times))
  return direct.filter((expectation) => !pairs.has(expectation))
}

function answers(expectation: Expectation, made: Made, times: Times): boolean {
  const { attempt, operationId } = made
  const named = attempt?.echo ?? operationId
  if (named !== null && expectation.operationId !== null && named !== expectation.operationId) return false
  if (attempt !== null && attempt.echo !== null && attempt.echo === expectation.operationId) return true
  return isMadeSince(expectation, made, times)
}

function isMadeSince(expectation: Expectation, { attempt, told }: Made, times: Times): boolean {
  const from = announcedFrom(expectation)
  const { clockSkew, callTimeout } = times
  const until = expectation.requestedAt === null ? Infinity : from + callTimeout + clockSkew
  if (attempt !== null && !isNotBefore(attempt, from, clockSkew)) return false
  if (told !== null) return told.to >= from - clockSkew && told.from <= until
  if (attempt === null) return false
  if (attempt.startedAt !== null) return attempt.startedAt <= until
  return mayAnswerWithoutTime(false, attempt, times)
}
