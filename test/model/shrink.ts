import { kindOf } from './checks.ts'
import { play } from './play.ts'
import type { Options, Played } from './play.ts'
import { fromList } from './random.ts'

/** Makes a failing world as small as it gets: leaves choices out, then makes them plainer, as long as the same fault shows. */

const TRIES_MAX = 3_000

export function shrink(
  failed: Played,
  drawn: readonly number[],
  options: Options = {},
): { list: number[]; played: Played } {
  const kind = failed.fault && kindOf(failed.fault)
  let best = { list: [...drawn], played: failed }
  let tries = 0
  const attempt = (list: number[]): boolean => {
    if (tries >= TRIES_MAX) return false
    tries += 1
    const played = played_(list, options)
    if (played === null || (played.fault && kindOf(played.fault)) !== kind || !isSmaller(played, list, best))
      return false
    best = { list, played }
    return true
  }
  let before: number
  do {
    before = tries
    const start = best.list
    leaveOut(() => best.list, attempt)
    makePlainer(() => best.list, attempt)
    if (best.list === start) break
  } while (tries < TRIES_MAX && tries > before)
  return best
}

/** A list of choices that no world can be made of is no smaller world. */
function played_(list: readonly number[], options: Options): Played | null {
  try {
    return play(fromList(list), options)
  } catch {
    return null
  }
}

/** Fewer messages, else fewer or plainer choices. */
function isSmaller(
  played: Played,
  list: readonly number[],
  best: { list: number[]; played: Played },
): boolean {
  const [messages, before] = [played.after, best.played.after]
  if (messages !== before) return messages < before
  const weight = (choices: readonly number[]): number =>
    choices.reduce((total, choice) => total + choice, choices.length)
  return weight(list) < weight(best.list)
}

type Attempt = (list: number[]) => boolean

function leaveOut(list: () => number[], attempt: Attempt): void {
  for (let size = 16; size >= 1; size = Math.floor(size / 2))
    for (let from = list().length - size; from >= 0; from -= 1)
      attempt([...list().slice(0, from), ...list().slice(from + size)])
}

function makePlainer(list: () => number[], attempt: Attempt): void {
  for (let at = 0; at < list().length; at += 1) {
    const value = list()[at]!
    for (const plainer of new Set([0, value >> 1, value - 1]))
      if (plainer >= 0 && plainer < (list()[at] ?? 0)) attempt(list().with(at, plainer))
  }
}
