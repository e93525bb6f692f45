import type { Expectation, StoredEvent } from '../../src/domain/event/evidence.ts'
import type { Call, CallEnd, Deed, TrueOrder } from './ledger.ts'

/** What reaches the service: one message, when, and what of the truth it tells. */
export interface Arrival {
  at: number
  /** One line for the story. */
  text: string
  events: Omit<StoredEvent, 'id' | 'inboxId'>[]
  announced: Expectation | null
  /** Id of an announcement taken back. */
  withdrawn: string | null
  tells: readonly Told[]
  /** As an input of a scenario file. */
  input: object
}

export type Told =
  /** `implied`: by a message about a later step. */
  | { of: 'deed'; deed: Deed; side: 'notification'; word: 'open' | 'final'; implied?: true }
  | { of: 'deed'; deed: Deed; side: 'response'; word: 'unknown' | 'open' | 'final' }
  | { of: 'count'; deed: Deed; settled: boolean; lookup?: true }
  | { of: 'call'; call: Call; end: CallEnd }
  | { of: 'announcement'; call: Call }
  | { of: 'withdrawal'; call: Call }
  | { of: 'hint'; order: TrueOrder }

const RANK = { unknown: 0, open: 1, final: 2 } as const

/** The ledger keeps what the service has heard by now. */
export function hear(told: Told, at: number): void {
  switch (told.of) {
    case 'deed':
      hearDeed(told.deed, told, at)
      return
    case 'count':
      told.deed.heard.counted = true
      if (told.settled) told.deed.heard.settledCount = true
      if (told.lookup) told.deed.heard.lookedUp = true
      return
    case 'call':
      told.call.known.told = told.end
      if (told.end === 'duplicate') told.call.order.known.hinted = true
      return
    case 'announcement':
      told.call.known.announced = true
      forgetFormer(told.call)
      return
    case 'withdrawal':
      told.call.known.withdrawn = true
      return
    case 'hint':
      told.order.known.hinted = true
  }
}

/** What is announced again without an id is one announcement, said anew: it speaks of the later call. */
function forgetFormer(call: Call): void {
  if (call.operationId !== null) return
  for (const former of call.order.calls)
    if (former !== call && isSameAnnouncement(former, call)) former.known.announcedAnew = true
}

function isSameAnnouncement(left: Call, right: Call): boolean {
  return left.known.announced && left.operationId === null && left.kind === right.kind && left.on === right.on
}

function hearDeed({ heard }: Deed, told: Extract<Told, { of: 'deed' }>, at: number): void {
  if (told.side === 'notification') {
    if (told.word === 'final') heard.notifiedAt ??= at
    if (told.word === 'final' && !told.implied) heard.saidItself = true
    if (told.word === 'open') heard.begunTold = true
    if (heard.notification !== 'final') heard.notification = told.word
  } else if (heard.response === null || RANK[told.word] > RANK[heard.response]) {
    heard.response = told.word
  }
}
