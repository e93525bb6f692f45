import type { Settings } from '../config/settings.ts'
import type { Stores } from '../db/stores.ts'
import type { IncomingMessage } from '../inbox/messages.ts'
import { bytesOf, createHandedMessages, handedOf } from '../inbox/reconcile/handed-messages.ts'
import type { HandedMessage } from '../inbox/reconcile/stores.ts'
import { createRoom, roomBuffer, type Room } from '../lib/room.ts'
import type { Services } from '../services.ts'
import { createLoops, startLoops, stopLoops } from './workers.ts'

/** What the process does with messages after their commit, wherever it does so. */
export interface Processing {
  start(): void
  /** Take over what receipt has committed. */
  takeOver: (messages: readonly IncomingMessage[]) => void
  /** Another process has stored something. */
  look: () => void
  /** Finish the batch under way and stop. */
  stop(): Promise<void>
}

/** About eight seconds of traffic at full speed. What does not fit is read from the table. */
const HANDED_BYTES_MAX = 32 * 1_024 * 1_024

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
    stop: async () => stopLoops(loops),
  }
}

/** Those for which there is room; it is taken. */
const withinRoom = (room: Room, messages: readonly IncomingMessage[]): HandedMessage[] =>
  messages.filter((message) => room.take(bytesOf(message))).map(handedOf)
