import { memoizeByName } from '../lib/memoize.ts'
import type { Silence } from '../providers/account.ts'

const HOUR_MS = 3_600_000
const DAY_BEGINS_MS = 8 * HOUR_MS
const NIGHT_BEGINS_MS = 22 * HOUR_MS

/**
 * From when on the silence of an account that was last heard at `since` is an alarm: after the term of the day, if that passes
 * before the night begins; else after the term of the night, or that of the day counted from the next morning. So a silence that
 * the night allowed is no alarm at eight yet, and one that the day did not allow stays one at night.
 */
export function silenceDeadline({ dayMs, nightMs, timezone }: Silence, since: Date): Date {
  const timeOfDay = timeOfDayMs(since, timezone)
  const endsByDay = timeOfDay >= DAY_BEGINS_MS && timeOfDay + dayMs <= NIGHT_BEGINS_MS
  if (endsByDay) return new Date(+since + dayMs)
  return new Date(Math.min(+since + nightMs, nextMorning(since, timeOfDay, timezone) + dayMs))
}

function nextMorning(since: Date, timeOfDay: number, timezone: string): number {
  const left = DAY_BEGINS_MS - timeOfDay
  const morning = +since + (left > 0 ? left : left + 24 * HOUR_MS)
  // Clocks may be put forward or back in between.
  return morning + DAY_BEGINS_MS - timeOfDayMs(new Date(morning), timezone)
}

function timeOfDayMs(now: Date, timeZone: string): number {
  const parts = formatOf(timeZone).formatToParts(now)
  const valueOf = (type: 'hour' | 'minute'): number => Number(parts.find((part) => part.type === type)?.value)
  return (valueOf('hour') * 60 + valueOf('minute')) * 60_000 + (+now % 60_000)
}

const formatOf = memoizeByName(
  (timeZone) =>
    new Intl.DateTimeFormat('en', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
)
