import type { BodyFault, BodyHome, BodyStore, ResealedPage } from './stores.ts'

/** What a walk over all stored bodies came to. */
export interface ResealReport {
  /** Sealed by the first key now, and were not before. */
  resealed: Record<BodyHome, number>
  /** Of these: stored under another key while the walk was under way, by a process that has other keys. */
  late: number
  /** Bodies that could not be opened and stay as they are, by the reason, each with the id of the first one. */
  staying: (BodyFault & { count: number })[]
}

const HOMES: readonly BodyHome[] = ['inbox', 'quarantine']

/**
 * Seal every stored body by the ring's first key. Each page is one commit, so it may be stopped anywhere and run again. A
 * second walk finds what was stored meanwhile.
 */
export async function resealAll(store: BodyStore): Promise<ResealReport> {
  const report: ResealReport = { resealed: { inbox: 0, quarantine: 0 }, late: 0, staying: [] }
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

/** How many were sealed anew. */
async function walk(store: BodyStore, home: BodyHome, onFault: (fault: BodyFault) => void): Promise<number> {
  let resealed = 0
  let after: string | null = null
  do {
    const page: ResealedPage = await store.resealPage(home, after)
    resealed += page.resealed
    page.faults.forEach(onFault)
    after = page.end
  } while (after !== null)
  return resealed
}

function count({ staying }: ResealReport, fault: BodyFault): void {
  const same = staying.find(({ detail }) => detail === fault.detail)
  if (same) same.count += 1
  else staying.push({ ...fault, count: 1 })
}
