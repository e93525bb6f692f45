import type { Clock } from '../../lib/clock.ts'

/**
 * Where claims begin in the queue. While any session holds a snapshot open (a backup, a transaction left idle), PostgreSQL keeps
 * the index entries of all rows that were deleted since, and a claim that began at the oldest one would walk over every message of
 * that time, each time. Ids are made by the clock (UUID version 7), so a claim begins a little before the newest id claimed.
 *
 * That skips what becomes claimable later: a message whose turn was put off, one that another worker held, one that an operator
 * put back, one whose receiver's clock is behind. Every now and then a claim therefore begins at the oldest id.
 */
export interface QueueWalk {
  /** The claim of one transaction. */
  step(): QueueStep
}

export interface QueueStep {
  /** The id to begin with. */
  begin(): string
  /** The statement answered: the last id of the claim (null: it found no message), and whether it found as many as asked for. */
  answered(found: { last: string | null; isFull: boolean }): void
  /** A claim of messages by their ids, the last of which is this one, walked over none. */
  claimedHanded(last: string | null): void
  /** The next claim goes on behind it. Not called when the transaction failed: what it claimed is still there. */
  committed(): void
}

/** Clocks of replicas differ, and a receipt commits a moment after its id was made. */
const MARGIN_MS = 2_000
/** How often a claim begins at the oldest id; a retry waits two seconds at least. */
const WHOLE_WALK_MS = 1_000
/** Over what a snapshot of hours has left that takes longer: no more than a twentieth of the time goes into it … */
const WHOLE_WALK_SHARE = 20
/** … but no message is skipped for longer than this. */
const WHOLE_WALK_MAX_MS = 30_000

const OLDEST = '00000000-0000-0000-0000-000000000000'

export function createQueueWalk(clock: Pick<Clock, 'now'>): QueueWalk {
  let next = OLDEST
  let newestMs = 0
  let wholeAt = -Infinity
  let wholeEveryMs = WHOLE_WALK_MS

  function step(): QueueStep {
    const at = clock.now().getTime()
    // A clock that was set back makes the next walk a whole one.
    const isWhole = Math.abs(at - wholeAt) >= wholeEveryMs
    let apartMs = 0
    let found: { lastMs: number; isFull: boolean; tookMs: number } | undefined
    return {
      begin: () => (isWhole ? OLDEST : next),
      answered: ({ last, isFull }) => {
        found = { lastMs: madeAt(last), isFull, tookMs: clock.now().getTime() - at }
      },
      claimedHanded: (last) => {
        apartMs = madeAt(last)
      },
      committed: () => {
        newestMs = Math.max(newestMs, apartMs)
        if (found === undefined) return
        const { lastMs, isFull, tookMs } = found
        newestMs = Math.max(newestMs, lastMs)
        // A receiver whose clock is ahead must not hide what the others store.
        next = leastIdOf((isFull ? lastMs : Math.min(newestMs, at)) - MARGIN_MS)
        if (!isWhole) return
        wholeAt = at
        wholeEveryMs = Math.min(Math.max(WHOLE_WALK_MS, tookMs * WHOLE_WALK_SHARE), WHOLE_WALK_MAX_MS)
      },
    }
  }
  return { step }
}

/** Milliseconds since the epoch: the first 48 bits. No id: 0. */
const madeAt = (id: string | null): number =>
  id === null ? 0 : Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)

/** The least id that is made at this time or later. */
function leastIdOf(ms: number): string {
  const digits = Math.max(0, ms).toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}${OLDEST.slice(13)}`
}
