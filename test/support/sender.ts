import { setTimeout as pause } from 'node:timers/promises'
import { inForm } from './form.ts'
import { randomFrom } from './orderings.ts'
import { RECOVERY_MS } from './until.ts'

/** One request, to be sent again byte for byte until it is acknowledged. */
export interface Parcel {
  /** Which history it belongs to; histories share no payment and no order. */
  run: number
  /** Two parcels of equal identity are one message to the service. */
  identity: string
  kind: 'notification' | 'response' | 'announcement'
  /** SHA-256 of the content that the service has to keep, hexadecimal; an announcement has none. */
  digest: string
  path: string
  init: { method: string; headers: Record<string, string>; body?: Uint8Array<ArrayBuffer> | string }
}

/**
 * The other side: sends again whatever was not acknowledged, now and then also what was, and writes down what it was
 * told. Only an acknowledgement counts: 200 and `OK` for a notification, 202 for a forwarded answer, 201 for an announcement.
 */
export interface Sender {
  /** By identity, in the order of first sending. */
  ledger: ReadonlyMap<string, Entry>
  tally: Tally
  start: () => void
  /** Resolves when it holds, looked at after every answer; rejects when it does not within the time of a recovery. */
  when: (holds: (tally: Tally) => boolean) => Promise<void>
  /** Resolves after so many further acknowledgements. */
  acknowledged: (count: number) => Promise<void>
  /** Send nothing new any more; resolves when everything is acknowledged. */
  finish: () => Promise<void>
  /** Stop in any state. */
  stop: () => Promise<void>
}

/** What the sender knows about one message. */
export interface Entry {
  parcel: Parcel
  /** Requests begun. */
  attempts: number
  acknowledged: number
  /** Answered "not now", whatever became of it. */
  unavailable: number
  /** Under which acknowledgements said that it is kept; those of notifications say nothing. */
  ids: Set<string>
}

/** What was answered so far; `503` and `refused` are what a fault may cause, `improper` is what nothing may. */
export interface Tally {
  acknowledged: number
  unavailable: number
  /** Connection refused, reset or without an answer in time. */
  unanswered: number
  /** 5xx other than 503, 503 without Retry-After, 4xx to a good message, 200 that is no acknowledgement. */
  improper: string[]
}

export interface SenderOptions {
  traffic: Iterator<Parcel>
  /** Base URLs that the next sending of one message goes to, all at the same instant. */
  route: () => readonly string[]
  seed: number
  /** Messages under way at once. */
  lanes?: number
  /** Share of the sendings that repeat an acknowledged message. */
  repeated?: number
  /** Between two messages of a lane, milliseconds: `npm test` leaves the machine to others. */
  restMs?: number
}

/**
 * A sender's own patience. Receipt promises an answer much sooner; an announcement is written beside its reconciliation,
 * which waits for locks and for a server that fell silent as long as any statement does.
 */
const PATIENCE_MS = { notification: 10_000, response: 10_000, announcement: 25_000 }
const FIRST_PAUSE_MS = 20
const PAUSE_MAX_MS = 250

type Verdict = 'acknowledged' | 'unavailable' | 'unanswered' | 'improper'

export function createSender(options: SenderOptions): Sender {
  return new PersistentSender(options)
}

class PersistentSender implements Sender {
  readonly ledger = new Map<string, Entry>()
  readonly tally: Tally = { acknowledged: 0, unavailable: 0, unanswered: 0, improper: [] }
  readonly #options: Required<SenderOptions>
  readonly #random: () => number
  readonly #known: Entry[] = []
  readonly #watchers = new Set<() => void>()
  #lanes: Promise<void>[] = []
  #finishing = false
  #stopped = false

  constructor(options: SenderOptions) {
    this.#options = { lanes: 8, repeated: 0.1, restMs: inForm(60, 0), ...options }
    this.#random = randomFrom(options.seed)
  }

  start = (): void => {
    this.#lanes = Array.from({ length: this.#options.lanes }, async () => this.#lane())
  }

  when = async (holds: (tally: Tally) => boolean): Promise<void> => {
    const end = this.#watch(() => holds(this.tally))
    const late = setTimeout(() => {
      end.reject(new Error(`not within ${RECOVERY_MS} ms: ${String(holds)} of ${JSON.stringify(this.tally)}`))
    }, RECOVERY_MS)
    await end.promise.finally(() => {
      clearTimeout(late)
    })
  }

  acknowledged = async (count: number): Promise<void> => {
    const target = this.tally.acknowledged + count
    await this.when(({ acknowledged }) => acknowledged >= target)
  }

  finish = async (): Promise<void> => {
    this.#finishing = true
    this.#changed()
    await Promise.all(this.#lanes)
  }

  stop = async (): Promise<void> => {
    this.#stopped = true
    await this.finish()
  }

  #watch(holds: () => boolean): PromiseWithResolvers<undefined> {
    const end = Promise.withResolvers<undefined>()
    const look = (): void => {
      if (holds()) end.resolve(undefined)
    }
    this.#watchers.add(look)
    const forget = (): void => void this.#watchers.delete(look)
    void end.promise.then(forget, forget)
    look()
    return end
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look()
  }

  /** One message after the other, each until it is acknowledged. */
  async #lane(): Promise<void> {
    for (;;) {
      if (this.#finishing) return
      await this.#deliver(this.#next())
      await pause(this.#options.restMs)
    }
  }

  #next(): Entry {
    const { traffic, repeated } = this.#options
    if (this.#known.length > 0 && this.#random() < repeated) {
      return this.#known[Math.floor(this.#random() * this.#known.length)]!
    }
    const { value: parcel } = traffic.next() as IteratorYieldResult<Parcel>
    const known = this.ledger.get(parcel.identity)
    if (known) return known
    const entry = { parcel, attempts: 0, acknowledged: 0, unavailable: 0, ids: new Set<string>() }
    this.ledger.set(parcel.identity, entry)
    this.#known.push(entry)
    return entry
  }

  async #deliver(entry: Entry): Promise<void> {
    for (let wait = FIRST_PAUSE_MS; !this.#stopped; wait = Math.min(2 * wait, PAUSE_MAX_MS)) {
      const targets = this.#options.route()
      const verdicts = await Promise.all(targets.map(async (url) => this.#send(entry, url)))
      this.#changed()
      if (verdicts.includes('acknowledged')) return
      await pause(wait)
    }
  }

  async #send(entry: Entry, url: string): Promise<Verdict> {
    const { path, init, kind } = entry.parcel
    entry.attempts += 1
    const answered = await fetch(url + path, {
      ...init,
      signal: AbortSignal.timeout(PATIENCE_MS[kind]),
    }).then(
      async (answer) => ({ answer, text: await answer.text() }),
      () => null,
    )
    const verdict = answered === null ? 'unanswered' : judge(entry.parcel, answered)
    if (verdict === 'improper') this.tally.improper.push(describe(entry.parcel, answered))
    else this.tally[verdict] += 1
    if (verdict === 'unavailable') entry.unavailable += 1
    if (verdict === 'acknowledged') acknowledge(entry, answered?.text ?? '')
    return verdict
  }
}

interface Answered {
  answer: Response
  text: string
}

/** The statuses that acknowledge each kind. */
const TAKEN: Record<Parcel['kind'], readonly number[]> = {
  notification: [200],
  response: [202],
  announcement: [201, 200],
}

function judge({ kind }: Parcel, { answer, text }: Answered): Verdict {
  if (answer.status === 503) {
    return Number(answer.headers.get('retry-after')) > 0 ? 'unavailable' : 'improper'
  }
  const taken = TAKEN[kind].includes(answer.status) && (kind !== 'notification' || text === 'OK')
  return taken ? 'acknowledged' : 'improper'
}

function acknowledge(entry: Entry, text: string): void {
  entry.acknowledged += 1
  if (entry.parcel.kind === 'notification') return
  const { inboxId, id } = JSON.parse(text) as { inboxId?: string; id?: string }
  entry.ids.add(inboxId ?? id ?? '')
}

const describe = ({ path, identity }: Parcel, answered: Answered | null): string =>
  `${path} ${identity}: ${answered?.answer.status} ${answered?.text.slice(0, 300)}`
