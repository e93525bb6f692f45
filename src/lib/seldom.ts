import type { Clock } from './clock.ts'

/** Of the time between two readings, the part that reading may take. */
const SHARE = 20

/** A reading that is quicker than this costs hardly anything: it is taken whenever it is asked for. */
const CHEAP_MS = 100

/**
 * A reading that may cost a while and whose answer may be a little old: it is taken again once twenty times as long has
 * passed as it took beyond a tenth of a second, so it never fills much more than a twentieth of the time. A caller that asks
 * while it is being taken waits for that one. A failure is not kept.
 */
export function seldom<T>(read: () => Promise<T>, clock: Clock): () => Promise<T> {
  let last: { value: T; goodUntil: number } | undefined
  let reading: Promise<T> | undefined
  const readNow = async (): Promise<T> => {
    const asked = clock.now().getTime()
    const value = await read()
    const answered = clock.now().getTime()
    last = { value, goodUntil: answered + SHARE * Math.max(0, answered - asked - CHEAP_MS) }
    return value
  }
  return async () => {
    if (last && clock.now().getTime() < last.goodUntil) return last.value
    reading ??= readNow().finally(() => {
      reading = undefined
    })
    return reading
  }
}
