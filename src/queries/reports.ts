import { explain, type Explanation } from '../domain/explain/explain.ts'
import type { Period, ReconciliationSummary } from '../domain/reconciliation/period-summary.ts'
import { AppError } from '../lib/errors.ts'
import type { Account } from '../providers/account.ts'
import type { ListedDiscrepancy } from '../domain/records.ts'
import type { Services } from '../services.ts'
import type { DiscrepancyFilter, Page, ReportStore } from './stores.ts'
import { asStored } from './as-stored.ts'
import { firstFound } from './first-found.ts'

/** Reading deeper: why a transaction is what it is, and what a period came to. */
export interface Reports {
  /** Computed when asked, at the present clock. Throws `unknown_account` or `unknown_transaction`. */
  explain(provider: string, account: string, reference: string): Promise<Explanation>
  /** The last 24 hours unless told. Throws `invalid_request` for a period that is empty or longer than 92 days. */
  summary(period: Partial<Period>): Promise<Period & ReconciliationSummary>
  /** The latest opened first. */
  discrepancies(
    filter: DiscrepancyFilter,
    page: { limit: number; cursor: string | null },
  ): Promise<Page<ListedDiscrepancy>>
}

const DAY_MS = 86_400_000
/** A quarter: beyond it the witnesses are measured row by row for longer than a caller waits for an answer. */
const PERIOD_DAYS_MAX = 92

export function createReports(services: Services<{ reports: ReportStore }>): Reports {
  const { stores, accounts, clock } = services
  return {
    explain: async (provider, account, reference) =>
      explainTransaction(services, accounts.resolve(provider, account).account, reference),
    summary: async (wanted) => {
      const period = periodOf(wanted, clock.now())
      return { ...period, ...(await stores.reports.summary(period)) }
    },
    discrepancies: async (filter, { limit, cursor }) =>
      stores.reports.listDiscrepancies(asStored(accounts, filter), limit, cursor),
  }
}

async function explainTransaction(
  { stores, identifiers, clock }: Services<{ reports: ReportStore }>,
  account: Account,
  reference: string,
): Promise<Explanation> {
  const scope = await firstFound(identifiers.formsOf(reference), async (id) =>
    stores.reports.transactionScope(account, id),
  )
  const explanation =
    scope &&
    explain(
      {
        events: scope.events,
        expectations: scope.expectations,
        resolutions: scope.resolutions,
        policy: account.policy,
        now: clock.now(),
      },
      scope.root,
    )
  if (!explanation)
    throw new AppError('unknown_transaction', 'reference: no verified message has named it yet')
  return explanation
}

function periodOf({ from, to }: Partial<Period>, now: Date): Period {
  const end = to ?? now
  const start = from ?? new Date(end.getTime() - DAY_MS)
  const length = end.getTime() - start.getTime()
  if (length <= 0) throw new AppError('invalid_request', 'from: must be before to')
  if (length > PERIOD_DAYS_MAX * DAY_MS)
    throw new AppError('invalid_request', `from: at most ${PERIOD_DAYS_MAX} days before to`)
  return { from: start, to: end }
}
