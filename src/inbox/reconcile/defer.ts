import type { ClaimedMessage, ProcessingUnit, ProcessingStore } from './stores.ts'
import type { Services } from '../../services.ts'
import { reportOutcome, type AbsentAccount } from './report.ts'

/** Messages that cannot be processed now: put off, tried again later, or parked. */

/** A message that failed this often alone is parked for an operator. */
const ATTEMPTS_MAX = 8
const FIRST_RETRY_MS = 1_000
/** Another transaction holds the lock and may end at any time: the message is tried at least every half minute. */
const LOCKED_RETRY_MS = 30_000
/** A message is processed within this time after its account is configured again. */
const ABSENT_ACCOUNT_MS = 60_000

export const isConfigured =
  ({ accounts }: Pick<Services, 'accounts'>) =>
  ({ provider, account }: ClaimedMessage): boolean =>
    accounts.find(provider, account) !== undefined

/**
 * Put off the messages of accounts that are not configured: they were acknowledged, and the account may come back. Answers the
 * other messages, and what is to be reported after the commit.
 */
export function deferAbsentAccounts(
  services: Pick<Services, 'accounts'>,
  unit: ProcessingUnit,
  messages: readonly ClaimedMessage[],
  now: Date,
): { configured: readonly ClaimedMessage[]; absent: AbsentAccount[] } {
  const hasAccount = isConfigured(services)
  const configured = messages.filter(hasAccount)
  if (configured.length === messages.length) return { configured, absent: [] }
  const waiting = messages.filter((message) => !hasAccount(message))
  const dueAt = new Date(now.getTime() + ABSENT_ACCOUNT_MS)
  unit.putOff(
    waiting.map(({ inboxId }) => inboxId),
    dueAt,
  )
  return { configured, absent: countByAccount(waiting) }
}

function countByAccount(messages: readonly ClaimedMessage[]): AbsentAccount[] {
  const byAccount = Map.groupBy(messages, ({ provider, account }) => `${provider}/${account}`)
  return [...byAccount.values()].flatMap((those) => {
    const [first] = those
    return first ? [{ provider: first.provider, account: first.account, messages: those.length }] : []
  })
}

/** A message that failed alone, or whose lock another transaction holds. */
export async function deferOrPark(
  services: Services<{ processing: ProcessingStore }>,
  message: ClaimedMessage,
  error: unknown,
): Promise<void> {
  if (services.stores.processing.isLockTimeout(error)) await deferLocked(services, message, error)
  else await recordFailure(services, message, error)
}

/** Another transaction holds the lock. Try again within 30 s; this does not count as a failed attempt. */
async function deferLocked(
  services: Services<{ processing: ProcessingStore }>,
  message: ClaimedMessage,
  error: unknown,
): Promise<void> {
  const retryMs = Math.min(FIRST_RETRY_MS * 2 ** (message.putOff + 1), LOCKED_RETRY_MS)
  const now = services.clock.now()
  await services.stores.processing.putOff([message.inboxId], new Date(now.getTime() + retryMs))
  const why = { ...UNREAD, code: null, detail: 'another transaction holds what it needs' }
  reportOutcome(services, { ...aboutOf(message, now), ...why, state: 'held_up', error })
}

/** Try again after 2, 4, 8 … seconds; after the last attempt park it, where an operator finds and replays it. */
async function recordFailure(
  services: Services<{ processing: ProcessingStore }>,
  message: ClaimedMessage,
  error: unknown,
): Promise<void> {
  const now = services.clock.now()
  const { inboxId } = message
  const attempts = message.attempts + 1
  const why = { ...UNREAD, code: 'processing_failed', detail: `failed ${attempts} times` }
  const about = { ...aboutOf(message, now), ...why, error }
  if (attempts < ATTEMPTS_MAX) {
    await services.stores.processing.postpone(
      inboxId,
      attempts,
      new Date(now.getTime() + FIRST_RETRY_MS * 2 ** attempts),
    )
    reportOutcome(services, { ...about, state: 'postponed' })
    return
  }
  await services.stores.processing.park({ ...why, inboxId, state: 'parked' }, now)
  reportOutcome(services, { ...about, state: 'parked' })
}

const UNREAD = { family: null, translation: null }

const aboutOf = ({ inboxId, provider, account, receivedAt }: ClaimedMessage, now: Date) => ({
  ...{ inboxId, provider, account, unrecognized: [] },
  lagMs: now.getTime() - receivedAt.getTime(),
})
