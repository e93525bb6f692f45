import type { Choice, Replay } from '../../inbox/replay/stores.ts'

/** A replay as it is stored, and what its statements take. */

export interface ReplayRow extends Omit<Replay, 'begunAt' | 'endedAt'> {
  begunAt: Date
  endedAt: Date | null
}

export const toReplay = ({ begunAt, endedAt, ...row }: ReplayRow): Replay => ({
  ...row,
  begunAt: begunAt.toISOString(),
  endedAt: endedAt?.toISOString() ?? null,
})

/** $1 to $11 of the statements of a replay. */
export function choiceParameters({ filter, until, versions }: Choice): unknown[] {
  const { id, state, reason, provider, account, from, to, older } = filter
  const given = [id, state, reason, provider, account, from, to].map((value) => value ?? null)
  return [...given, older === true, Object.keys(versions), Object.values(versions), until]
}
