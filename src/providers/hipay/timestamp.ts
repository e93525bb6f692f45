/**
 * Both of HiPay's formats, `…T10:55:13+0000` and `… 10:55:13+02`, and RFC 3339; the offset is never optional. Days that every month
 * has stand by themselves: nothing else has to be asked about them.
 */
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(Z|[+-]\d{2}(?::?\d{2})?)$/
const PLAIN_UTC =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-]00(?::?00)?)$/
const DATE_LENGTH = 10
const SECONDS_LENGTH = 19

/**
 * HiPay's date to RFC 3339 UTC ("2026-03-29T00:58:31.000Z"). Null when the text is no such date, names a day that
 * does not exist, or has no offset: a local time would be a guess.
 */
export function parseTimestamp(text: string | null): string | null {
  if (text === null) return null
  if (PLAIN_UTC.test(text))
    return `${text.slice(0, DATE_LENGTH)}T${text.slice(DATE_LENGTH + 1, SECONDS_LENGTH)}.000Z`
  const [, date = '', time = '', offset = ''] = TIMESTAMP.exec(text) ?? []
  const written = `${date}T${time}`
  const shift = offsetMinutes(offset)
  const instant = Date.parse(`${written}Z`)
  if (shift === null || Number.isNaN(instant)) return null
  const local = new Date(instant).toISOString()
  // 30 February and 24:00 parse into another day: only a date that reads back as written exists.
  if (!local.startsWith(written)) return null
  return shift === 0 ? local : new Date(instant - shift * 60_000).toISOString()
}

function offsetMinutes(offset: string): number | null {
  if (offset === 'Z') return 0
  const hours = Number(offset.slice(1, 3))
  const minutes = Number(offset.slice(3).replace(':', ''))
  if (hours > 14 || minutes > 59) return null
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}
