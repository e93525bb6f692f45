import type { Settings } from '../config/settings.ts'
import type { Stores } from '../db/stores.ts'
import type { IncomingMessage } from '../inbox/messages.ts'
import {
  bytesOf,
  createHandedMessages,
  handedOf,
  HANDED_BYTES_MAX,
} from '../inbox/reconcile/handed-messages.ts'
import type { HandedMessage } from '../inbox/reconcile/stores.ts'
import { createRoom, roomBuffer, type Room } from '../lib/room.ts'
import type { Account } from '../providers/account.ts'
import type { Services } from '../services.ts'
import { createLoops, startLoops, stopLoops } from './workers.ts'

/** What the process does with messages after their commit, wherever it does so. */
export interface Processing {
  start(): void
  /** Take over what receipt has committed. */
  takeOver: (messages: readonly IncomingMessage[]) => void
  /** Another process has stored something. */
  look: () => void
  /** The accounts of the process were replaced by these. */
  replaceAccounts: (accounts: readonly Account[]) => void
  /** Finish the batch under way and stop. */
  stop(): Promise<void>
}

/** On this thread. */
export function processHere(services: Services<Stores>, settings: Settings): Processing {
  const room = createRoom(roomBuffer(), HANDED_BYTES_MAX)
  const handed = createHandedMessages(room)
  const loops = createLoops(services, settings, handed)
  return {
    start: () => {
      startLoops(loops)
    },
    takeOver: (messages) => {
      const fitting = withinRoom(room, messages)
      handed.add(fitting)
      if (fitting.length < messages.length) handed.miss()
      loops.processing.nudge()
    },
    look: () => {
      handed.miss()
      loops.processing.nudge()
    },
    // The services hold them.
    replaceAccounts: () => undefined,
    stop: async () => stopLoops(loops),
  }
}

/** Those for which there is room; it is taken. */
export const withinRoom = (room: Room, messages: readonly IncomingMessage[]): HandedMessage[] =>
  messages.filter((message) => room.take(bytesOf(message))).map(handedOf)
