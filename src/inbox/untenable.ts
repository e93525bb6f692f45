import { AppError } from '../lib/errors.ts'
import type { Provider } from '../providers/provider.ts'

/** What a merchant tells about a call and what cannot be true of any: refused while it can still be mended. */
export interface ToldCall {
  requestedAt?: string | undefined
  receivedAt?: string | undefined
  parentReference?: string | undefined
}

/** Clocks differ by seconds; what is further ahead of ours was never read off a clock. */
const AHEAD_MAX_MS = 60_000

/** Throws `invalid_time` or `invalid_reference`. */
export function refuseUntenable(told: ToldCall, { provider, now }: { provider: Provider; now: Date }): void {
  refuseTimes(told, now)
  const { parentReference } = told
  if (parentReference === undefined || provider.isReference(parentReference)) return
  throw new AppError(
    'invalid_reference',
    'parentReference: the provider issues no such reference; send the one that its answer to the payment named, or leave it out',
  )
}

function refuseTimes({ requestedAt, receivedAt }: ToldCall, now: Date): void {
  for (const [name, text] of Object.entries({ requestedAt, receivedAt }))
    if (text !== undefined && Date.parse(text) > now.getTime() + AHEAD_MAX_MS)
      throw new AppError(
        'invalid_time',
        `${name}: is more than 60 seconds ahead of this service; set the clock, and send the time with its offset, for instance ${now.toISOString()}`,
      )
  if (
    requestedAt !== undefined &&
    receivedAt !== undefined &&
    Date.parse(requestedAt) > Date.parse(receivedAt)
  )
    throw new AppError(
      'invalid_time',
      'requestedAt: is after receivedAt; read both off one clock, before the call and after its answer',
    )
}
