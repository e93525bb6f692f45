import { AppError } from './errors.ts'
import { createFairQueue } from './fair-queue.ts'
import { togetherElseAlone } from './one-by-one.ts'

/**
 * Group commit: callers add single items, `flush` receives many together. An item is flushed immediately when no flush is under
 * way; the items that arrive during a flush form the next batch. Items of different lanes take turns in a batch, so that a
 * flood in one lane delays another lane by one item at most.
 */
export interface Batcher<Item, Result> {
  /**
   * Resolves with the item's own result; rejects with `overloaded` when the queue is full, with what its flush threw, or
   * when its caller gave up before its flush began: then it is dropped.
   */
  add(item: Item, abort?: AbortFlag): Promise<Result>
  /** Resolves when everything added so far has been flushed. */
  drain(): Promise<void>
  readonly waiting: number
}

/** Set by a caller that no longer waits. An AbortSignal per message would cost more than the check that it serves. */
export interface AbortFlag {
  aborted: boolean
}

export interface BatchOptions<Item, Result> {
  /** One result per item, in order. */
  flush: (items: readonly Item[]) => Promise<readonly Result[]>
  maxItems: number
  /**
   * Beyond this many waiting items one is refused: memory stays bounded when the database is slow. It is the newest of the
   * longest lane.
   */
  maxWaiting: number
  laneOf: (item: Item) => string
  /** Whether a failed batch may succeed in single rows: true for a poisoned value, false for a lost connection. */
  isolates: (error: unknown) => boolean
}

interface Entry<Item, Result> {
  item: Item
  abort: AbortFlag | undefined
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

export function createBatcher<Item, Result>(options: BatchOptions<Item, Result>): Batcher<Item, Result> {
  const waiting = createFairQueue<Entry<Item, Result>>()
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    // Yield once: `running` must be assigned before this function can end, and callers of the same tick share the flush.
    await Promise.resolve()
    while (waiting.size > 0) {
      const entries = waiting.take(options.maxItems).filter(isWanted)
      if (entries.length > 0) await flushEntries(options, entries)
    }
    running = undefined
  }

  return {
    add: (item, abort) =>
      new Promise<Result>((resolve, reject) => {
        const entry = { item, abort, resolve, reject }
        const lane = options.laneOf(item)
        if (waiting.size >= options.maxWaiting) {
          const displaced = waiting.makeRoom(lane)
          refuse(displaced ?? entry)
          if (displaced === null) return
        }
        waiting.add(lane, entry)
        running ??= run()
      }),
    drain: async () => {
      while (running) await running
    },
    get waiting() {
      return waiting.size
    },
  }
}

function refuse<Item, Result>({ reject }: Entry<Item, Result>): void {
  reject(new AppError('overloaded', 'The database is slower than the traffic; send the message again later'))
}

/** Whether its caller still waits for it. */
function isWanted<Item, Result>({ abort, reject }: Entry<Item, Result>): boolean {
  if (abort?.aborted !== true) return true
  reject(new Error('its caller does not wait for it any more'))
  return false
}

/** One poisoned item must not fail its neighbours. */
async function flushEntries<Item, Result>(
  options: BatchOptions<Item, Result>,
  entries: readonly Entry<Item, Result>[],
): Promise<void> {
  try {
    await togetherElseAlone(entries, async (some) => flushTogether(options, some.filter(isWanted)), {
      isItemFault: (error) => entries.length > 1 && options.isolates(error),
      onFault: (entry, error) => {
        entry.reject(error)
      },
    })
  } catch (error) {
    // Those that have their answer already keep it.
    for (const entry of entries) entry.reject(error)
  }
}

async function flushTogether<Item, Result>(
  options: BatchOptions<Item, Result>,
  entries: readonly Entry<Item, Result>[],
): Promise<void> {
  if (entries.length === 0) return
  const results = await options.flush(entries.map((entry) => entry.item))
  if (results.length !== entries.length) throw new Error('flush must answer every item')
  entries.forEach((entry, index) => {
    entry.resolve(results[index] as Result)
  })
}
