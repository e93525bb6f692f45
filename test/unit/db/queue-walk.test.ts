import { describe, expect, it } from 'vitest'
import { createQueueWalk, type QueueWalk } from '../../../src/db/reconcile/queue-walk.ts'
import { createHandClock, type HandClock } from '../../support/hand-clock.ts'

const OLDEST = '00000000-0000-0000-0000-000000000000'

/** An id as the service makes them, of that moment. */
const idOf = (ms: number): string => {
  const digits = ms.toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7abc-8def-0123456789ab`
}
const boundOf = (ms: number): string => idOf(ms).slice(0, 13) + OLDEST.slice(13)

function started(): { clock: HandClock; walk: QueueWalk; now: () => number } {
  const clock = createHandClock()
  return { clock, walk: createQueueWalk(clock), now: () => clock.now().getTime() }
}

/** A claim that found this and was committed; answers where it began. */
function claim(walk: QueueWalk, last: string | null, isFull = false): string {
  const step = walk.step()
  const from = step.begin()
  step.answered({ last, isFull })
  step.committed()
  return from
}

describe('a walk over the queue', () => {
  it('begins at the oldest id, then two seconds before the newest one that was claimed', () => {
    const { walk, now } = started()
    expect(claim(walk, idOf(now() - 10_000))).toBe(OLDEST)
    expect(claim(walk, idOf(now() - 5_000))).toBe(boundOf(now() - 12_000))
    expect(claim(walk, null)).toBe(boundOf(now() - 7_000))
    expect(claim(walk, null)).toBe(boundOf(now() - 7_000))
  })

  it('begins at the oldest id again after a second, and after the clock was set back', async () => {
    const { clock, walk, now } = started()
    claim(walk, idOf(now()))
    await clock.advance(999)
    expect(claim(walk, null)).not.toBe(OLDEST)
    await clock.advance(1)
    expect(claim(walk, null)).toBe(OLDEST)
    expect(claim(walk, null)).not.toBe(OLDEST)
    let ms = now()
    const earlier = createQueueWalk({ now: () => new Date(ms) })
    claim(earlier, idOf(ms))
    ms -= 3_600_000
    expect(claim(earlier, null)).toBe(OLDEST)
  })

  it('goes on behind the last message while claims are full, also over what was put back', async () => {
    const { clock, walk, now } = started()
    const old = now() - 86_400_000
    claim(walk, idOf(now()))
    await clock.advance(1_000)
    expect(claim(walk, idOf(old), true)).toBe(OLDEST)
    expect(claim(walk, idOf(old + 60_000), true)).toBe(boundOf(old - 2_000))
    expect(claim(walk, idOf(old + 70_000))).toBe(boundOf(old + 58_000))
    expect(claim(walk, null)).toBe(boundOf(now() - 1_000 - 2_000))
  })

  it('is not led past the present by a receiver whose clock is ahead', () => {
    const { walk, now } = started()
    claim(walk, idOf(now() + 3_600_000))
    expect(claim(walk, null)).toBe(boundOf(now() - 2_000))
  })

  it('follows messages that were claimed by their ids, once a walk has been over what is before them', () => {
    const { walk, now } = started()
    claim(walk, idOf(now() - 60_000))
    const apart = walk.step()
    apart.claimedHanded(idOf(now() - 10_000))
    apart.committed()
    expect(claim(walk, null)).toBe(boundOf(now() - 62_000))
    expect(claim(walk, null)).toBe(boundOf(now() - 12_000))
  })

  it('stays where it is when the transaction fails, and when single messages are tried', () => {
    const { walk, now } = started()
    const failed = walk.step()
    expect(failed.begin()).toBe(OLDEST)
    failed.answered({ last: idOf(now()), isFull: true })
    walk.step().committed()
    expect(claim(walk, idOf(now()))).toBe(OLDEST)
  })

  it.each([
    [10, 1_000],
    [400, 8_000],
    [14_000, 30_000],
  ])('over whole queues takes a twentieth of the time: %i ms, then none for %i ms', async (took, pause) => {
    const { clock, walk, now } = started()
    const step = walk.step()
    const began = now()
    await clock.advance(took)
    step.answered({ last: idOf(began), isFull: false })
    step.committed()
    await clock.advance(pause - took - 1)
    expect(claim(walk, null)).toBe(boundOf(began - 2_000))
    await clock.advance(1)
    expect(claim(walk, null)).toBe(OLDEST)
  })
})
