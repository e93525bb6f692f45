import { connectedSets } from '../../domain/connected-sets.ts'
import { reconcile } from '../../domain/reconcile.ts'
import { inSlices } from '../../lib/in-slices.ts'
import type { Isolation } from '../../lib/one-by-one.ts'
import type { Services } from '../../services.ts'
import type {
  EvidenceRead,
  FailureTests,
  Judgement,
  ReconciliationUnit,
  ReconciliationKey,
} from './stores.ts'

/** The end of every write: read everything tied to the keys, reconcile it at this time, save the result. */
export async function reconcileKeys(
  services: Pick<Services, 'accounts'>,
  unit: ReconciliationUnit,
  keys: readonly ReconciliationKey[],
  now: Date,
): Promise<void> {
  unit.save(await judge(services, await unit.read(keys), now), now)
}

/** What follows from everything that was read; each connected set is judged by itself. */
export async function judge(
  { accounts }: Pick<Services, 'accounts'>,
  evidence: EvidenceRead,
  now: Date,
): Promise<Judgement> {
  const results = await inSlices(connectedSets(evidence), (scope) => {
    const policy = accounts.find(scope.provider, scope.account)?.policy
    if (!policy) return []
    const { events, expectations, resolutions } = scope
    return [
      { scope, reconciled: asRuleError(() => reconcile({ events, expectations, resolutions, policy, now })) },
    ]
  })
  return { results: results.flat(), saved: evidence.saved }
}

/** Translating or reconciling a message failed: the cause is the message or a bug, not the database. */
class RuleFailure extends Error {
  constructor(cause: unknown) {
    super('a rule failed on a message', { cause })
    this.name = 'RuleFailure'
  }
}

/** Run a rule; what it throws is the fault of the message it was given. */
export function asRuleError<T>(rule: () => T): T {
  try {
    return rule()
  } catch (error) {
    throw new RuleFailure(error)
  }
}

/**
 * Whether one message or key of a batch made it fail: a bad value, a bug in a rule, or a lock that another session holds. A lost
 * connection or a conflict concerns the whole batch.
 */
export const isMessageFault = ({ isDataError, isLockTimeout }: FailureTests, error: unknown): boolean =>
  isDataError(error) ||
  isLockTimeout(error) ||
  error instanceof RuleFailure ||
  error instanceof TypeError ||
  error instanceof RangeError

/** Short enough for a drain, which waits for it. Messages that were not tried by then are claimed again. */
const ONE_BY_ONE_MS = 8_000

/** How a failed batch is tried one by one, with a time limit: another transaction may hold a lock that all of them need. */
export const isolationBy = (
  { clock }: Pick<Services, 'clock'>,
  tests: FailureTests,
): Pick<Isolation<never>, 'isItemFault' | 'timeLimit'> => ({
  isItemFault: (error) => isMessageFault(tests, error),
  timeLimit: { clock, ms: ONE_BY_ONE_MS },
})
