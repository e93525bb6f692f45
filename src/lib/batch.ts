import { createDeadlines, type Deadline, type SameDeadline } from './deadlines.ts'
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
   * when its deadline passes: then it is dropped, unless its flush has begun.
   */
  add(item: Item): Promise<Result>
  /** Resolves when everything added so far has been flushed. */
  drain(): Promise<void>
  readonly waiting: number
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
  deadline: Deadline
}

/** An item whose caller waits for its answer. */
class Entry<Item, Result> {
  readonly item: Item
  readonly #resolve: (result: Result) => void
  readonly #reject: (error: unknown) => void
  #deadline: SameDeadline<Entry<Item, Result>> | undefined
  #isAnswered = false

  constructor(item: Item, resolve: (result: Result) => void, reject: (error: unknown) => void) {
    this.item = item
    this.#resolve = resolve
    this.#reject = reject
  }

  waitUntil(deadline: SameDeadline<Entry<Item, Result>>): void {
    this.#deadline = deadline
  }

  resolve(result: Result): void {
    this.#answered()
    this.#resolve(result)
  }

  reject(error: unknown): void {
    this.#answered()
    this.#reject(error)
  }

  get isWanted(): boolean {
    return !this.#isAnswered
  }

  #answered(): void {
    this.#isAnswered = true
    this.#deadline?.delete(this)
  }
}

export function createBatcher<Item, Result>(options: BatchOptions<Item, Result>): Batcher<Item, Result> {
  const waiting = createFairQueue<Entry<Item, Result>>()
  const deadlineOf = createDeadlines<Entry<Item, Result>>(options.deadline, (entry) => {
    entry.reject(options.deadline.passed())
  })
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
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        const entry = new Entry<Item, Result>(item, resolve, reject)
        const lane = options.laneOf(item)
        if (waiting.size >= options.maxWaiting) {
          const displaced = waiting.makeRoom(lane)
          const refused = displaced ?? entry
          refused.reject(overloaded())
          if (displaced === null) return
        }
        entry.waitUntil(deadlineOf(entry))
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

const overloaded = (): AppError =>
  new AppError('overloaded', 'The database is slower than the traffic; send the message again later')

const isWanted = (entry: { isWanted: boolean }): boolean => entry.isWanted

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
  const results = await options.flush(entries.map(({ item }) => item))
  if (results.length !== entries.length) throw new Error('flush must answer every item')
  entries.forEach((entry, index) => {
    entry.resolve(results[index] as Result)
  })
}
