import { validate as isUuid } from 'uuid'
import type { ResolutionOutcome } from '../../domain/event/evidence.ts'
import { AppError } from '../../lib/errors.ts'
import type { Services } from '../../services.ts'
import type { ReconciliationKey, ResolvableDiscrepancy, StatementStore } from './stores.ts'
import { reconcileKeys } from './reconcile-keys.ts'

/** An operator's statement: evidence, kept for ever, that closes a discrepancy. */
export interface Resolutions {
  /**
   * The discrepancy as it stands afterwards. Throws `unknown_discrepancy`, `unknown_account`, `discrepancy_settled`,
   * `discrepancy_changed`, `invalid_request`.
   */
  resolve(id: string, statement: ResolutionRequest): Promise<ResolvableDiscrepancy>
}

export interface OperatorFinding {
  note: string
  outcome: ResolutionOutcome | null
  /** Name of the API key. */
  author: string
}

/** What an operator states, and about which version of the discrepancy; null: about the present one. */
export interface ResolutionRequest {
  finding: OperatorFinding
  version: number | null
}

type StatementServices = Services<{ statements: StatementStore }>

export function createResolutions(services: StatementServices): Resolutions {
  return { resolve: async (id, statement) => resolve(services, id, statement) }
}

async function resolve(
  services: StatementServices,
  id: string,
  { finding, version }: ResolutionRequest,
): Promise<ResolvableDiscrepancy> {
  const now = services.clock.now()
  return services.stores.statements.inTransaction(async (unit) => {
    const find = async (): Promise<ResolvableDiscrepancy> =>
      known(isUuid(id) ? await unit.findDiscrepancy(id) : null)
    const keys = keysOf(await find())
    // Under the locks: the discrepancy that is found now is the one that the statement covers.
    await unit.read(keys)
    const discrepancy = await find()
    refuseUnlessOpen(services, discrepancy)
    refuseUnlessShown(discrepancy, version)
    refuseUnlessSeparable(discrepancy, finding)
    const { key, covers, provider, account, reference, orderId } = discrepancy
    await unit.state({
      ...{ id: services.newId(), discrepancyId: id, at: now.toISOString() },
      ...{ key, covers, provider, account, reference, orderId },
      ...finding,
    })
    await unit.audit({
      ...{ id: services.newId(), at: now, actor: finding.author, action: 'resolve_discrepancy' },
      target: { discrepancyId: id, provider, account, reference, orderId, outcome: finding.outcome },
      ...{ count: null, note: finding.note },
    })
    await reconcileKeys(services, unit, keys, now)
    return find()
  })
}

function known(discrepancy: ResolvableDiscrepancy | null): ResolvableDiscrepancy {
  if (discrepancy) return discrepancy
  throw new AppError('unknown_discrepancy', 'id: use the id of a discrepancy of a transaction or an order')
}

/**
 * A discrepancy that an operator closed takes a further statement (a note first, the outcome once the provider has answered).
 * One that evidence closed does not: a statement about it would hide the next one of its kind from the operators.
 */
function refuseUnlessOpen(
  { accounts }: StatementServices,
  { provider, account, resolvedAt, resolution }: ResolvableDiscrepancy,
): void {
  accounts.resolve(provider, account, `account: ${provider}/${account} is not configured any more`)
  if (resolvedAt !== null && resolution !== 'operator')
    throw new AppError('discrepancy_settled', `Later messages settled it at ${resolvedAt}`)
}

/** The discrepancy may show more than the operator looked at: the statement does not cover that. */
function refuseUnlessShown({ version: current }: ResolvableDiscrepancy, shown: number | null): void {
  if (shown === null || shown === current) return
  throw new AppError(
    'discrepancy_changed',
    `version: it is ${current} by now; look at the discrepancy again, and name that`,
  )
}

function refuseUnlessSeparable(
  { class: found }: ResolvableDiscrepancy,
  { outcome }: Pick<OperatorFinding, 'outcome'>,
): void {
  if (outcome !== 'separate_payments' || found === 'duplicate_payment') return
  throw new AppError(
    'invalid_request',
    'outcome: separate_payments is said of a duplicate_payment only; leave it out',
  )
}

function keysOf({ provider, account, reference, orderId }: ResolvableDiscrepancy): ReconciliationKey[] {
  return [{ kind: 'reference', id: reference } as const, { kind: 'order', id: orderId } as const].flatMap(
    ({ kind, id }) => (id === null ? [] : [{ provider, account, kind, id }]),
  )
}
