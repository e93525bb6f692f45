import type { BodyFault, BodyHome, BodyStore, ReencryptedPage } from './stores.ts'

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
