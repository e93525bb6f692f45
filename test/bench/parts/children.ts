import type { ChildProcess } from 'node:child_process'

/** Processes that the bench has started. When it is interrupted they end at once, and what waits for them fails. */
const running = new Set<ChildProcess>()
let over = false

export function track(child: ChildProcess): void {
  running.add(child)
  child.once('exit', () => running.delete(child))
  if (over) child.kill('SIGKILL')
}

/** End them all, and whatever is started from now on. */
export function endChildren(): void {
  over = true
  for (const child of running) child.kill('SIGKILL')
}

export const isInterrupted = (): boolean => over
