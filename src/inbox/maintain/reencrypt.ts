import type { Services } from '../../services.ts'
import type { AuditLog, BodyFault, BodyHome, BodyStore, ReencryptedPage } from './stores.ts'

/** The result of a walk over all stored bodies. */
export interface ReencryptReport {
  /** How many were encrypted again under the first key. */
  resealed: Record<BodyHome, number>
  /** How many of these another process stored under another key during the walk. */
  late: number
  /** Bodies that could not be decrypted and stay as they are, by reason, each with the id of the first one. */
  staying: (BodyFault & { count: number })[]
}

const HOMES: readonly BodyHome[] = ['inbox', 'quarantine']

/**
 * Encrypt every stored body under the ring's first key. Each page is one commit, so the walk may be stopped anywhere and run
 * again. A second walk finds the bodies that were stored during the first.
 */
export async function reencryptAll(store: BodyStore): Promise<ReencryptReport> {
  const report: ReencryptReport = { resealed: { inbox: 0, quarantine: 0 }, late: 0, staying: [] }
  for (const home of HOMES) {
    const first = await walk(store, home, () => undefined)
    const late = await walk(store, home, (fault) => {
      count(report, fault)
    })
    report.resealed[home] = first + late
    report.late += late
  }
  return report
}

/**
 * The same, written down as a deed of `actor`: before the first body changes, since a run that is killed has changed some, and once
 * more with how many there were.
 */
export async function rotateKeys(
  {
    stores,
    clock,
    newId,
  }: Pick<Services<{ bodies: BodyStore; auditLog: AuditLog }>, 'stores' | 'clock' | 'newId'>,
  { key, actor }: { key: string; actor: string },
): Promise<ReencryptReport> {
  const noteDown = async (stage: 'begun' | 'ended', count: number | null): Promise<void> =>
    stores.auditLog.append({
      ...{ id: newId(), at: clock.now(), actor, action: 'rotate_keys' },
      ...{ target: { key, stage }, count, note: null },
    })
  await noteDown('begun', null)
  const report = await reencryptAll(stores.bodies)
  await noteDown('ended', report.resealed.inbox + report.resealed.quarantine)
  return report
}

/** How many were encrypted again. */
async function walk(store: BodyStore, home: BodyHome, onFault: (fault: BodyFault) => void): Promise<number> {
  let resealed = 0
  let after: string | null = null
  do {
    const page: ReencryptedPage = await store.reencryptPage(home, after)
    resealed += page.resealed
    page.faults.forEach(onFault)
    after = page.end
  } while (after !== null)
  return resealed
}

function count({ staying }: ReencryptReport, fault: BodyFault): void {
  const same = staying.find(({ detail }) => detail === fault.detail)
  if (same) same.count += 1
  else staying.push({ ...fault, count: 1 })
}
