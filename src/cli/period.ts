import { InvalidArgumentError } from 'commander'

const DAY_MS = 86_400_000

/** `--from`: a day of UTC from its beginning on, or a moment. */
export function beginning(text: string): Date {
  return dayOf(text) ?? momentOf(text)
}

/** `--to`: a day of UTC to its end, or a moment. What is in the period came before it. */
export function end(text: string): Date {
  const day = dayOf(text)
  return day === null ? momentOf(text) : new Date(day.getTime() + DAY_MS)
}

/** Null: it is not written as a day. */
function dayOf(text: string): Date | null {
  if (!/^[1-9]\d{3}-\d{2}-\d{2}$/.test(text)) return null
  const day = new Date(`${text}T00:00:00Z`)
  if (!Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return day
  throw new InvalidArgumentError('There is no such day.')
}

function momentOf(text: string): Date {
  const moment = new Date(text)
  if (/^[1-9]\d{3}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:\d{2})$/i.test(text) && !Number.isNaN(moment.getTime()))
    return moment
  throw new InvalidArgumentError(
    'It must be a day such as 2026-11-01, or a moment with its offset such as 2026-11-01T10:00:00Z.',
  )
}
