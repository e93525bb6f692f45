import { validate as isUuid } from 'uuid'
import type { ResolutionOutcome } from '../../domain/event/evidence.ts'
import { AppError } from '../../lib/errors.ts'
import type { Services } from '../../services.ts'
import type { Subject, ResolvableDiscrepancy } from './stores.ts'
import { reconcileSubjects } from './reconcile-subjects.ts'

/** An operator's word: evidence like any other, kept for good, and the end of what the discrepancy shows. */
export interface Resolutions {
  /**
   * The discrepancy as it stands afterwards. Throws `unknown_discrepancy`, `unknown_account`, `discrepancy_settled`,
   * `discrepancy_changed`, `invalid_request`.
   */
  resolve(id: string, statement: Statement): Promise<ResolvableDiscrepancy>
}

export interface OperatorWord {
  note: string
  outcome: ResolutionOutcome | null
  /** Name of the API key. */
  author: string
}

/** What is said, and of which version of the discrepancy; null: of whatever it shows by now. */
export interface Statement {
  word: OperatorWord
  version: number | null
}

type StatementServices = Services<'statements'>

export function createResolutions(services: StatementServices): Resolutions {
  return { resolve: async (id, statement) => resolve(services, id, statement) }
}

async function resolve(
  services: StatementServices,
  id: string,
  { word, version }: Statement,
): Promise<ResolvableDiscrepancy> {
  const now = services.clock.now()
  return services.stores.statements.inTransaction(async (unit) => {
    const find = async (): Promise<ResolvableDiscrepancy> =>
      known(isUuid(id) ? await unit.findDiscrepancy(id) : null)
    const subjects = subjectsOf(await find())
    await unit.lock(subjects)
    // Reading takes the locks of the orders too: what is found now is what will be covered.
    await unit.read(subjects)
    const discrepancy = await find()
    refuseUnlessOpen(services, discrepancy)
    refuseUnlessShown(discrepancy, version)
    refuseUnlessSeparable(discrepancy, word)
    const { key, covers, provider, account, reference, orderId } = discrepancy
    await unit.state({
      ...{ id: services.newId(), discrepancyId: id, at: now.toISOString() },
      ...{ key, covers, provider, account, reference, orderId },
      ...word,
    })
    await reconcileSubjects(services, unit, subjects, now)
    return find()
  })
}

function known(discrepancy: ResolvableDiscrepancy | null): ResolvableDiscrepancy {
  if (discrepancy) return discrepancy
  throw new AppError('unknown_discrepancy', 'id: use the id of a discrepancy of a transaction or an order')
}

/**
 * One that an operator closed takes a further word (a note first, the outcome once the provider has answered). One that
 * evidence closed does not: a statement about it would silence the next one of its kind before an operator has seen it.
 */
function refuseUnlessOpen(
  { accounts }: StatementServices,
  { provider, account, resolvedAt, resolution }: ResolvableDiscrepancy,
): void {
  accounts.resolve(provider, account, `account: ${provider}/${account} is not configured any more`)
  if (resolvedAt !== null && resolution !== 'operator')
    throw new AppError('discrepancy_settled', `Later messages settled it at ${resolvedAt}`)
}

/** What the operator looked at may have grown meanwhile: a word on less does not cover that. */
function refuseUnlessShown({ version: current }: ResolvableDiscrepancy, shown: number | null): void {
  if (shown === null || shown === current) return
  throw new AppError(
    'discrepancy_changed',
    `version: it is ${current} by now; look at the discrepancy again, and name that`,
  )
}

function refuseUnlessSeparable(
  { class: found }: ResolvableDiscrepancy,
  { outcome }: Pick<OperatorWord, 'outcome'>,
): void {
  if (outcome !== 'separate_payments' || found === 'duplicate_payment') return
  throw new AppError(
    'invalid_request',
    'outcome: separate_payments is said of a duplicate_payment only; leave it out',
  )
}

function subjectsOf({ provider, account, reference, orderId }: ResolvableDiscrepancy): Subject[] {
  return [{ kind: 'reference', id: reference } as const, { kind: 'order', id: orderId } as const].flatMap(
    ({ kind, id }) => (id === null ? [] : [{ provider, account, kind, id }]),
  )
}
