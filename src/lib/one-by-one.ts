import type { Clock } from './clock.ts'

/** How items are told apart once their common attempt has failed. */
export interface Isolation<Item> {
  /** Whether an error is the fault of one item, so that the others may succeed without it. */
  isItemFault: (error: unknown) => boolean
  /** This item failed alone, by its own fault. */
  onFault: (item: Item, error: unknown) => void | Promise<void>
  /** No further item is tried once so many milliseconds have passed since the first one; left out, all are. */
  timeLimit?: { clock: Pick<Clock, 'now'>; ms: number }
}

/**
 * `work` on all items at once; should that fail through one of them, on each alone (`isAlone`). Answers how many were tried.
 * Throws a failure that is no item's fault: with the connection gone, every further try would only take time.
 */
export async function togetherElseAlone<Item>(
  items: readonly Item[],
  work: (items: readonly Item[], isAlone: boolean) => Promise<void>,
  isolation: Isolation<Item>,
): Promise<number> {
  try {
    await work(items, false)
    return items.length
  } catch (error) {
    if (!isolation.isItemFault(error)) throw error
    return eachAlone(items, async (item) => work([item], true), isolation)
  }
}

/** The same for items of which it is known that one of them is at fault. */
export async function eachAlone<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
  { isItemFault, onFault, timeLimit }: Isolation<Item>,
): Promise<number> {
  const end = timeLimit === undefined ? Infinity : timeLimit.clock.now().getTime() + timeLimit.ms
  let tried = 0
  for (const item of items) {
    if (timeLimit !== undefined && timeLimit.clock.now().getTime() >= end) break
    tried += 1
    try {
      await work(item)
    } catch (error) {
      if (!isItemFault(error)) throw error
      await onFault(item, error)
    }
  }
  return tried
}
