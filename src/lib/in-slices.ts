import { setImmediate as nextTurn } from 'node:timers/promises'

/** A few milliseconds of work at most. */
const SLICE = 32

/** The results of a long row of computations, between which all else that waits for the event loop gets a turn. */
export async function inSlices<Item, Result>(
  items: readonly Item[],
  compute: (item: Item) => Result,
): Promise<Result[]> {
  const results: Result[] = []
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % SLICE === 0) await nextTurn()
    results.push(compute(item))
  }
  return results
}
