import type { RejectionReason } from '../../providers/provider.ts'
import type { Services } from '../../services.ts'
import type { AuditEntry } from '../../domain/audit.ts'
import type { AccountScope } from '../../domain/records.ts'
import type { KeptEvidence, QuarantineStore } from '../receive/stores.ts'
import { keptRequest, type LostBytes } from './kept-request.ts'
import { notificationMessage } from '../receive/incoming-message.ts'

/**
 * Verify quarantined messages again, with the secrets of today: one that was refused because of a wrong setting is stored as it
 * would have been. Each message is one commit, so the replay may be stopped anywhere, run again, and run twice at the same time.
 */
type ReplayServices = Pick<
  Services<{ quarantine: QuarantineStore }>,
  'stores' | 'accounts' | 'clock' | 'newId' | 'identifiers'
> & {
  /** Who has it done, for the audit log. */
  actor: string
}

export interface ReplayReport {
  /** Stored now, and pending for processing. */
  stored: number
  /** Known already: the provider's redelivery was faster. */
  duplicates: number
  staying: StayingEvidence[]
}

export interface StayingEvidence extends AccountScope {
  reason: StayingReason
  count: number
}

/**
 * Why it stays: it does not verify; no account is configured whose secrets could be tried; card data was overwritten in it, so
 * that no signature can verify any more; or the sealed body cannot be opened.
 */
export type StayingReason = RejectionReason | LostBytes | 'account_not_configured'

type Fate = StayingReason | 'stored' | 'duplicate' | 'gone'

/** Bodies may be large: few enough to be held in memory. */
const PAGE = 50

export async function replayQuarantine(services: ReplayServices): Promise<ReplayReport> {
  const report: ReplayReport = { stored: 0, duplicates: 0, staying: [] }
  for (let last: string | null = null; ;) {
    const page: KeptEvidence[] = await services.stores.quarantine.list(last, PAGE)
    for (const evidence of page) note(report, evidence, await replayOne(services, evidence))
    last = page.at(-1)?.id ?? null
    if (page.length < PAGE) return report
  }
}

async function replayOne(services: ReplayServices, evidence: KeptEvidence): Promise<Fate> {
  if (!services.accounts.find(evidence.provider, evidence.account)) return 'account_not_configured'
  const { account, provider } = services.accounts.resolve(evidence.provider, evidence.account)
  const request = keptRequest(provider, evidence)
  if (typeof request === 'string') return request
  const verification = provider.verify(request, account, services.clock.now())
  if (!verification.verified) return verification.reason
  const received = await services.stores.quarantine.release(
    evidence.id,
    notificationMessage(services, account, verification),
    releaseEntry(services, evidence),
  )
  if (received === null) return 'gone'
  return received.duplicate ? 'duplicate' : 'stored'
}

const releaseEntry = (
  { newId, clock, actor }: ReplayServices,
  { id: quarantineId, provider, account, reason }: KeptEvidence,
): AuditEntry => ({
  ...{ id: newId(), at: clock.now(), actor, action: 'replay_quarantine' },
  target: { quarantineId, provider, account, reason },
  ...{ count: 1, note: null },
})

function note(report: ReplayReport, { provider, account }: KeptEvidence, fate: Fate): void {
  if (fate === 'gone') return
  if (fate === 'stored') report.stored += 1
  else if (fate === 'duplicate') report.duplicates += 1
  else {
    const same = report.staying.find(
      (one) => one.provider === provider && one.account === account && one.reason === fate,
    )
    if (same) same.count += 1
    else report.staying.push({ provider, account, reason: fate, count: 1 })
  }
}
