import { reconcile } from '../../domain/reconcile.ts'
import { inSlices } from '../../lib/in-slices.ts'
import type { Isolation } from '../../lib/one-by-one.ts'
import type { Services } from '../../services.ts'
import type { FailureTests, Judgement, ReconciliationUnit, Subject } from './stores.ts'

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
): Promise<Judgement> {
  const { scopes, saved } = await unit.read(subjects)
  const results = await inSlices(scopes, (scope) => {
    const policy = accounts.find(scope.provider, scope.account)?.policy
    if (!policy) return []
    const { events, expectations, resolutions } = scope
    return [
      { scope, reconciled: byRule(() => reconcile({ events, expectations, resolutions, policy, now })) },
    ]
  })
  return { results: results.flat(), saved }
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

/** Short enough for a drain, which waits for it; what it did not come to is claimed again. */
const ONE_BY_ONE_MS = 8_000

/** How a batch that failed is tried one by one: one transaction may hold all of its messages or subjects up. */
export const isolationBy = (
  { clock }: Pick<Services, 'clock'>,
  tests: FailureTests,
): Pick<Isolation<never>, 'isItemFault' | 'timeLimit'> => ({
  isItemFault: (error) => blamesOne(tests, error),
  timeLimit: { clock, ms: ONE_BY_ONE_MS },
})
