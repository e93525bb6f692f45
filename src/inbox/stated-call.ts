import { AppError } from '../lib/errors.ts'
import type { Provider } from '../providers/provider.ts'

/** What a merchant states about a call. What cannot be true is refused, while the merchant can still correct it. */
export interface StatedCall {
  requestedAt?: string | undefined
  receivedAt?: string | undefined
  parentReference?: string | undefined
}

/** Clocks differ by seconds; a time further ahead of ours was not read from a clock that is set. */
const AHEAD_MAX_MS = 60_000

/** Throws `invalid_time` or `invalid_reference`. */
export function checkStatedCall(
  told: StatedCall,
  { provider, now }: { provider: Provider; now: Date },
): void {
  checkTimes(told, now)
  const { parentReference } = told
  if (parentReference === undefined || provider.isReference(parentReference)) return
  throw new AppError(
    'invalid_reference',
    'parentReference: the provider issues no such reference; send the one that its answer to the payment named, or leave it out',
  )
}

function checkTimes({ requestedAt, receivedAt }: StatedCall, now: Date): void {
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
