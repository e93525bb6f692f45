import type { ShownBody } from './inbox.ts'
import type { InboxMessageRecord } from './stores.ts'

/** A message as it is shown, by the API and on the command line. */
export interface ShownMessage extends InboxMessageRecord {
  /** What became of it, in one sentence. */
  outcome: string
  /** What proves its sender. */
  verification: 'signature' | 'api_key' | 'failed'
  /** Root references of the payments that its events belong to. */
  transactions: string[]
  orders: string[]
  body: string | null
  /** Why there is no body. */
  bodyMissing: string | null
}

export const shownMessage = (message: InboxMessageRecord, { text, missing }: ShownBody): ShownMessage => ({
  ...message,
  outcome: outcomeInWords(message),
  verification: verificationOf(message),
  transactions: distinct(message.events.map(({ transaction }) => transaction)),
  orders: distinct(message.events.map(({ orderId }) => orderId)),
  body: text,
  bodyMissing: missing,
})

function verificationOf({ state, witness }: InboxMessageRecord): ShownMessage['verification'] {
  if (state === 'quarantined') return 'failed'
  return witness === 'notification' ? 'signature' : 'api_key'
}

const distinct = (texts: readonly (string | null)[]): string[] => [
  ...new Set(texts.filter((text) => text !== null)),
]

function outcomeInWords(message: InboxMessageRecord): string {
  const { state, code, detail, waiting } = message
  const why = `${code ?? 'no code'}${detail === null ? '' : `: ${detail}`}`
  switch (state) {
    case 'pending':
      return pendingInWords(waiting)
    case 'processed':
      return processedInWords(message)
    case 'duplicate':
      return 'It stated nothing that another message had not stated before.'
    case 'parked':
      return `It was stored and not translated (${why}). It stays until an operator puts it back.`
    case 'quarantined':
      return `It was not verified (${why}), was answered 401, and changes nothing.`
  }
}

function pendingInWords(waiting: InboxMessageRecord['waiting']): string {
  if (waiting === null || waiting.attempts + waiting.putOff === 0) return 'It waits to be processed.'
  const turn = `its next turn is at ${waiting.nextTryAt}`
  return waiting.attempts === 0
    ? `It waits for a lock or for its account, put off ${waiting.putOff} times; ${turn}.`
    : `It failed ${waiting.attempts} times; ${turn}.`
}

function processedInWords({ family, events }: InboxMessageRecord): string {
  if (events.length === 0)
    return `It was understood and states nothing about a payment (family ${family ?? 'not known'}).`
  const types = [...new Set(events.map(({ type }) => type))].join(', ')
  return `It stated ${events.length === 1 ? 'one fact' : `${events.length} facts`}: ${types}.`
}
