import type { Settings } from '../config/settings.ts'
import type { HandedMessage } from '../inbox/reconcile/stores.ts'
import type { Account } from '../providers/account.ts'
import type { LoopSettings } from './workers.ts'
import type { Counted } from '../telemetry/forward-counters.ts'
import type { TraceOptions } from '../telemetry/tracer.ts'

/** What the main thread and the processing thread tell each other. */

/** What the thread starts with; it reads no environment. */
export interface ThreadOptions {
  settings: ThreadSettings
  traces: TraceOptions | null
  databaseUrl: string
  /** Connections. */
  poolSize: number
  accounts: readonly Account[]
  /** Counts what is handed over. */
  room: SharedArrayBuffer
}

export type ThreadSettings = LoopSettings & Pick<Settings, 'LOG_LEVEL'>

export type ToThread =
  | { kind: 'messages'; batch: PackedMessages }
  | { kind: 'look' }
  | { kind: 'accounts'; accounts: readonly Account[] }
  | { kind: 'stop' }

/** Whole log lines, and what was counted. */
export interface FromThread {
  lines: string
  counted: Counted[]
}

/** A batch whose bodies stand in one buffer, which moves to the other thread instead of being copied. */
export interface PackedMessages {
  messages: (Omit<HandedMessage, 'content'> & { length: number })[]
  bytes: ArrayBuffer
}

export function packMessages(messages: readonly HandedMessage[]): PackedMessages {
  const bytes = new Uint8Array(messages.reduce((sum, { content }) => sum + content.length, 0))
  let end = 0
  const packed = messages.map(({ content, ...message }) => {
    bytes.set(content, end)
    end += content.length
    return { ...message, length: content.length }
  })
  return { messages: packed, bytes: bytes.buffer }
}

export function unpackMessages({ messages, bytes }: PackedMessages): HandedMessage[] {
  let end = 0
  return messages.map(({ length, ...message }) => {
    const content = Buffer.from(bytes, end, length)
    end += length
    return { ...message, content }
  })
}
