import { togetherElseAlone } from '../../lib/one-by-one.ts'
import type { Services } from '../../services.ts'
import { isolationBy } from '../reconcile/reconcile-keys.ts'
import { replayMessages } from './replay-messages.ts'
import type { Progress, Replay, ReplayStore, Staying } from './stores.ts'
import { reportReplayed } from './report.ts'
import { isMadeBy } from './choice.ts'

/**
 * The work of replays that operators began. Each batch is one transaction with the place it has come to, so a replay goes on where
 * it was when a process died, in whichever replica looks first; two of them never work on one replay.
 */
export interface Replayer {
  /** Replay one batch; answers 0 when there is nothing to do, or another replica does it. */
  runOnce: () => Promise<number>
}

/** Few enough that live traffic on the same payments waits for some milliseconds only. */
const BATCH_MAX = 16

type ReplayServices = Services<{ replays: ReplayStore }>

export function createReplayer(services: ReplayServices): Replayer {
  return {
    runOnce: async () => {
      const running = await services.stores.replays.running()
      const next = running.find(({ replay }) => isMadeBy(services, replay.choice))
      return next === undefined ? 0 : replayBatch(services, next.replay, next.after)
    },
  }
}

/** Where the replay has come to in this turn; `isOurs`: no other worker has it. */
interface Turn {
  place: string
  isOurs: boolean
}

async function replayBatch(services: ReplayServices, replay: Replay, after: string): Promise<number> {
  const { replays } = services.stores
  const { inboxIds, end } = await replays.choose(replay.choice, after, BATCH_MAX)
  const turn: Turn = { place: after, isOurs: true }
  const together = { to: end ?? inboxIds.at(-1) ?? after, isLast: end === null }
  const work = async (some: readonly string[], isAlone: boolean): Promise<void> => {
    const goal = isAlone ? { to: some[0] ?? turn.place, isLast: false } : together
    await takeTurn(services, replay, turn, { inboxIds: some, ...goal })
  }
  await togetherElseAlone(inboxIds, work, {
    ...isolationBy(services, replays),
    onFault: async (inboxId, error) => {
      // Another transaction holds a lock: the message gets its next turn.
      if (replays.isLockTimeout(error)) throw error
      await passOver(services, replay, { inboxId, from: turn.place, error })
      turn.place = inboxId
    },
  })
  return turn.isOurs ? 1 : 0
}

async function takeTurn(
  services: ReplayServices,
  replay: Replay,
  turn: Turn,
  goal: Omit<Piece, 'from'>,
): Promise<void> {
  if (!turn.isOurs) return
  turn.isOurs = await replaySome(services, replay, { ...goal, from: turn.place })
  turn.place = goal.to
}

interface Piece {
  inboxIds: readonly string[]
  from: string
  to: string
  isLast: boolean
}

/** False: another worker has the replay. */
async function replaySome(
  services: ReplayServices,
  replay: Replay,
  { inboxIds, from, to, isLast }: Piece,
): Promise<boolean> {
  const now = timeOf(services, replay)
  const done = await services.stores.replays.inTransaction(
    async (unit) => {
      if (!(await unit.hold(replay, from))) return null
      const { replayed, staying } = await replayMessages(
        services,
        unit,
        { inboxIds, choice: replay.choice },
        now,
      )
      const progress = { to, replayed, staying, endedAt: isLast ? now : null }
      unit.advance(replay, progress)
      return progress
    },
    { shortLockTimeout: true },
  )
  if (done !== null) reportReplayed(services, replay, done)
  return done !== null
}

/**
 * After all outcomes that the replay chooses, also where this clock is behind the one that read `until`: no message is chosen
 * again that was translated along with another one.
 */
const timeOf = ({ clock }: ReplayServices, { choice }: Replay): Date =>
  new Date(Math.max(clock.now().getTime(), Date.parse(choice.until) + 1))

/** A message on which a rule or the database fails counts as before; the others go on. */
async function passOver(
  services: ReplayServices,
  replay: Replay,
  { inboxId, from, error }: { inboxId: string; from: string; error: unknown },
): Promise<void> {
  const staying: Staying = { failed: 1 }
  const progress: Progress = { to: inboxId, replayed: 0, staying, endedAt: null }
  await services.stores.replays.inTransaction(async (unit) => {
    if (await unit.hold(replay, from)) unit.advance(replay, progress)
  })
  services.logger.error(
    { replayId: replay.id, inboxId, error },
    'a message could not be replayed; it counts as before',
  )
  reportReplayed(services, replay, progress)
}
