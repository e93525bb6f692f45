import { nameRange } from '../../lib/crypto.ts'
import type { InboxFilter } from '../../queries/stores.ts'
import {
  PAGE_OF_ACCOUNT,
  PAGE_OF_ALL,
  PAGE_OF_PENDING,
  PAGE_OF_PROVIDER,
  PAGE_OF_QUARANTINED,
  PAGE_OF_REFERENCE,
  PAGE_OF_UNCOMMON,
} from './inbox-page.sql.ts'

interface Statement {
  text: string
  values: unknown[]
}

/** The statements that find one page of the inbox: of verified messages, of quarantined ones, or of both. */
export function pagesFor(
  filter: InboxFilter,
  { below, limit }: { below: string; limit: number },
): Statement[] {
  const { from = null, to = null, provider = null, account = null } = filter
  const { state = null, code = null, reference } = filter
  const values = [below, from, to, provider, account, state, code, limit]
  const quarantined = { text: PAGE_OF_QUARANTINED, values }
  if (state === 'quarantined') return reference === undefined ? [quarantined] : []
  if (reference !== undefined) return [ofReference(reference, values)]
  const verified = { text: verifiedPage(filter), values }
  return state === null ? [verified, quarantined] : [verified]
}

/** By the filter that the fewest messages pass. */
function verifiedPage({ state, code, provider, account }: InboxFilter): string {
  if (state === 'pending') return PAGE_OF_PENDING
  if (state === 'parked' || state === 'duplicate' || code !== undefined) return PAGE_OF_UNCOMMON
  if (account !== undefined) return PAGE_OF_ACCOUNT
  return provider === undefined ? PAGE_OF_ALL : PAGE_OF_PROVIDER
}

function ofReference(reference: string, values: readonly unknown[]): Statement {
  return { text: PAGE_OF_REFERENCE, values: [...values, reference, ...nameRange(reference)] }
}
