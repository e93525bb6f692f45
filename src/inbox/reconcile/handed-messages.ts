import type { Room } from '../../lib/room.ts'
import type { IncomingMessage } from '../messages.ts'
import type { HandedMessage } from './stores.ts'

/**
 * Messages that receipt handed over after their commit, so that processing need not read them back. A copy and no queue: the
 * table holds them all, and what is lost here is claimed from there.
 */
export interface HandedMessages {
  /** Their room must have been taken. */
  add(messages: readonly HandedMessage[]): void
  /** Something was stored that was not handed over: look into the table. */
  miss(): void
  /** Whether `miss` was called since the last time. */
  takeMissed(): boolean
  /** The first of them, up to `limit`. */
  take(limit: number): HandedMessage[]
  /** The id of the next one; null when there is none. */
  next(): string | null
}

/** About eight seconds of traffic at full speed. What does not fit is read from the table. */
export const HANDED_BYTES_MAX = 32 * 1_024 * 1_024

export function createHandedMessages(room: Pick<Room, 'give'>): HandedMessages {
  let waiting: HandedMessage[] = []
  let taken = 0
  let missed = false
  return {
    add: (messages) => {
      waiting.push(...messages)
    },
    miss: () => {
      missed = true
    },
    takeMissed: () => {
      const was = missed
      missed = false
      return was
    },
    take: (limit) => {
      const batch = waiting.slice(taken, taken + limit)
      taken += batch.length
      // Cut off now and then, since each cut moves all that wait.
      if (taken * 2 > waiting.length) {
        waiting = waiting.slice(taken)
        taken = 0
      }
      for (const message of batch) room.give(bytesOf(message))
      return batch
    },
    next: () => waiting[taken]?.inboxId ?? null,
  }
}

/** What a message holds beside its body is small, and counted so that many small ones are bounded too. */
const FIELDS_BYTES = 512

export const bytesOf = ({ content }: Pick<HandedMessage, 'content'>): number => content.length + FIELDS_BYTES

/** As it would come back from the table. */
export function handedOf(message: IncomingMessage): HandedMessage {
  const { id: inboxId, provider, account, witness, content, receivedAt, trace } = message
  const envelope =
    message.envelope && (JSON.parse(JSON.stringify(message.envelope)) as typeof message.envelope)
  const handed = { inboxId, provider, account, witness, content, envelope, receivedAt }
  return trace === undefined ? handed : { ...handed, trace }
}
