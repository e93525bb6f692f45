import { describe, expect, it } from 'vitest'
import { silenceDeadline } from '../../../src/telemetry/silence.ts'

const paris = { dayMs: 30 * 60_000, nightMs: 6 * 3_600_000, timezone: 'Europe/Paris' }

/** All times are UTC; Paris is an hour ahead in winter, two in summer. */
const deadline = (since: string, silence = paris): string =>
  silenceDeadline(silence, new Date(`${since}Z`))
    .toISOString()
    .slice(0, 16)

describe('the silence of an account is an alarm', () => {
  it.each([
    ['by day after the term of the day', '2026-01-15T12:00', '2026-01-15T12:30'],
    ['by night after the term of the night', '2026-01-15T23:00', '2026-01-16T05:00'],
    ['in the last minute of a day', '2026-01-15T20:30', '2026-01-15T21:00'],
    ['not in the first minute of a night', '2026-01-15T20:31', '2026-01-16T02:31'],
    ['not at eight, after a quiet night', '2026-01-16T03:00', '2026-01-16T07:30'],
    ['before eight if the night was too quiet', '2026-01-16T00:30', '2026-01-16T06:30'],
    ['in the first minute of a day', '2026-01-16T07:00', '2026-01-16T07:30'],
    ['by the hour of summer', '2026-07-15T05:00', '2026-07-15T06:30'],
    ['at eight of the day on which clocks were put forward', '2026-03-29T00:40', '2026-03-29T06:30'],
    ['at eight of the day on which clocks were put back', '2026-10-25T00:40', '2026-10-25T06:40'],
  ])('%s', (_what, since, expected) => {
    expect(deadline(since)).toBe(expected)
  })

  it('on the morning after the clocks changed', () => {
    const long = { ...paris, nightMs: 24 * 3_600_000 }
    expect(deadline('2026-03-28T20:45', long)).toBe('2026-03-29T06:30')
    expect(deadline('2026-10-24T19:45', long)).toBe('2026-10-25T07:30')
  })

  it('after the same time at any hour, where day and night are one', () => {
    const always = { dayMs: 1_800_000, nightMs: 1_800_000, timezone: 'UTC' }
    for (let hour = 0; hour < 24; hour += 1) {
      const at = `2026-01-15T${String(hour).padStart(2, '0')}`
      expect(deadline(`${at}:05`, always)).toBe(`${at}:35`)
    }
  })

  it('never sooner because the account was heard later', () => {
    const start = Date.parse('2026-03-28T00:00Z')
    const ends = Array.from({ length: 3 * 1_440 }, (_, minute) =>
      silenceDeadline(paris, new Date(start + minute * 60_000)).getTime(),
    )
    expect(ends).toEqual(ends.toSorted((left, right) => left - right))
  })
})
