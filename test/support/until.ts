import { setTimeout as pause } from 'node:timers/promises'

const EVERY_MS = 25

/** What has to be true again after any fault, in at most this time. */
export const RECOVERY_MS = 60_000

/** Ask again until it holds; answers how long that took, milliseconds. Other processes tell us nothing by themselves. */
export async function until(
  holds: () => Promise<boolean> | boolean,
  { withinMs = RECOVERY_MS, what }: { withinMs?: number; what: string | (() => string) },
): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    if (await holds()) return performance.now() - startedAt
    if (performance.now() - startedAt > withinMs) {
      throw new Error(`not within ${withinMs} ms: ${typeof what === 'string' ? what : what()}`)
    }
    await pause(EVERY_MS)
  }
}
