import type { Clock } from './clock.ts'

/** What each of many things has to be done within, and what becomes of one that is not. */
export interface Deadline {
  clock: Pick<Clock, 'after'>
  ms: number
  /** The refusal of what was not done in time. */
  passed: () => Error
}

/** Things whose deadline passes at the same moment; one that is done is to be deleted. */
export type SameDeadline<Waiting> = Set<Waiting>

/** What comes within this part of the time shares a timer; its deadline passes so much too early at the most. */
const PART = 1 / 32

/**
 * Deadlines of many things: some dozen timers at a time however many things wait, and no clock that the operator can set.
 * The returned function takes one thing more; `onPassed` is called with each that was not deleted in time.
 */
export function createDeadlines<Waiting>(
  { clock, ms }: Pick<Deadline, 'clock' | 'ms'>,
  onPassed: (waiting: Waiting) => void,
): (waiting: Waiting) => SameDeadline<Waiting> {
  let open: SameDeadline<Waiting> | undefined
  const begin = (): SameDeadline<Waiting> => {
    const same: SameDeadline<Waiting> = new Set()
    clock.after(ms * PART, () => {
      open = undefined
    })
    clock.after(ms, () => {
      for (const waiting of same) onPassed(waiting)
    })
    return same
  }
  return (waiting) => {
    open ??= begin()
    return open.add(waiting)
  }
}
