import { reconcile } from '../../domain/reconcile.ts'
import type { Clock } from '../../lib/clock.ts'
import { inSlices } from '../../lib/in-slices.ts'
import type { Services } from '../../services.ts'
import type { FailureTests, ReconciledScope, ReconciliationUnit, Subject } from './stores.ts'

/** Short enough for a drain, which waits for it; what it did not come to is claimed again. */
const ONE_BY_ONE_MS = 8_000

/** Tells when to end a pass in which each message or subject is tried alone: one transaction may hold all of them up. */
export function oneByOneEnds(clock: Clock): () => boolean {
  const end = clock.now().getTime() + ONE_BY_ONE_MS
  return () => clock.now().getTime() >= end
}

/** The end of every write: read all that is tied to the subjects, judge it at this clock, save what follows. */
export async function reconcileSubjects(
  services: Pick<Services, 'accounts'>,
  unit: ReconciliationUnit,
  subjects: readonly Subject[],
  now: Date,
): Promise<void> {
  await unit.save(await judgeSubjects(services, unit, subjects, now), now)
}

/** The same without saving. */
export async function judgeSubjects(
  { accounts }: Pick<Services, 'accounts'>,
  unit: ReconciliationUnit,
  subjects: readonly Subject[],
  now: Date,
): Promise<ReconciledScope[]> {
  const scopes = await unit.scopes(subjects)
  const results = await inSlices(scopes, (scope) => {
    const policy = accounts.find(scope.provider, scope.account)?.policy
    if (!policy) return []
    const { events, expectations, resolutions } = scope
    return [
      { scope, reconciled: byRule(() => reconcile({ events, expectations, resolutions, policy, now })) },
    ]
  })
  return results.flat()
}

/** Translating or judging a message failed, in whatever way: the database is not to blame. */
class RuleFailure extends Error {
  constructor(cause: unknown) {
    super('a rule failed on a message', { cause })
    this.name = 'RuleFailure'
  }
}

/** Whatever a rule throws is the fault of what it was given. */
export function byRule<T>(rule: () => T): T {
  try {
    return rule()
  } catch (error) {
    throw new RuleFailure(error)
  }
}

/**
 * A lost connection or a conflict concerns the whole batch; a bad value, a bug in a rule or a lock that another session keeps
 * concerns one message.
 */
export const blamesOne = ({ isDataError, isHeldUp }: FailureTests, error: unknown): boolean =>
  isDataError(error) ||
  isHeldUp(error) ||
  error instanceof RuleFailure ||
  error instanceof TypeError ||
  error instanceof RangeError
