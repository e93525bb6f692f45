import type { Account } from '../account.ts'
import type { StoredNotification, Translation } from '../provider.ts'
import { eventOf } from './facts.ts'
import { familyOf } from './families.ts'
import { readPayload } from './payload.ts'
import type { Payload } from './payload.ts'
import { UnreadablePayload } from './unreadable.ts'

/**
 * Turn a verified notification into its one event. Total: a body that no rule can read is `unreadable` with the
 * reason, a message of another family is named and has no events.
 */
export function translateNotification(message: StoredNotification, account: Account): Translation {
  return readableOrNot(() => {
    const payload = readPayload(message.content)
    const family = familyOf(payload)
    if (family !== 'transaction') return { readable: true, family, events: [] }
    refuseRepetition(payload)
    const receivedAt = message.receivedAt.toISOString()
    const event = eventOf(payload.fields, { account, witness: 'notification', receivedAt })
    return { readable: true, family, events: [event] }
  })
}

/** Two values where HiPay sends one: taking either would be a guess. */
export function refuseRepetition({ repeated }: Payload): void {
  if (repeated !== null) throw new UnreadablePayload('a field that HiPay sends once is there twice')
}

/** Run a translation; what it cannot read becomes the answer instead of an exception. */
export function readableOrNot(translate: () => Translation): Translation {
  try {
    return translate()
  } catch (error) {
    // Another error is a fault of this build. The message can be translated again after an upgrade; the stack helps no operator.
    const detail = error instanceof UnreadablePayload ? error.message : 'the body could not be translated'
    return { readable: false, detail }
  }
}
