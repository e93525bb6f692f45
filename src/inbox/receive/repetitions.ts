import { LRUCache } from 'lru-cache'
import type { AccountScope } from '../../domain/records.ts'
import type { Services } from '../../services.ts'
import type { IncomingMessage, ReceivedMessage } from '../messages.ts'
import type { InboxStore, Repetition } from './stores.ts'

/**
 * Notifications that the database was asked about and had already: further deliveries of them are acknowledged from memory, after
 * their signature was verified, and counted in bulk. What dies with the process is a count, never a message.
 */
export interface Repetitions {
  /** The message with that key, when it is certainly committed: this delivery of it is counted. */
  recognize(account: AccountScope, key: Buffer): ReceivedMessage | null
  /** Receive through the store, and remember what it had already. */
  receive(messages: readonly IncomingMessage[]): Promise<(ReceivedMessage | null)[]>
  /** Count and log what is left. */
  drain(): Promise<void>
}

/** Of some 300 bytes each, 5 MB in all. */
const REMEMBERED_MAX = 16_384
const COUNT_EVERY_MS = 1_000
const LOG_EVERY_MS = 60_000
/**
 * So long after its last answer the database may be another one: a failover can lose a commit, and no connection was open to break.
 * Connections of the pool stay open for longer.
 */
const HEARD_MS = 5_000

type RepetitionServices = Pick<Services<{ inbox: InboxStore }>, 'stores' | 'clock' | 'logger' | 'metrics'>

export function createRepetitions(services: RepetitionServices): Repetitions {
  return new Memory(services)
}

interface Told extends AccountScope {
  count: number
}

class Memory implements Repetitions {
  readonly #services: RepetitionServices
  readonly #known = new LRUCache<string, string>({ max: REMEMBERED_MAX })
  /** Of how many connections it knows: another number means that one broke, or that another was opened. */
  #connections = -1
  #isHeard = false
  #stopHearing: () => void = () => undefined
  #uncounted = new Map<string, Repetition>()
  #counting: Promise<void> = Promise.resolve()
  readonly #unlogged = new Map<string, Told>()

  constructor(services: RepetitionServices) {
    this.#services = services
  }

  recognize(account: AccountScope, key: Buffer): ReceivedMessage | null {
    if (this.#known.size === 0 || !this.#isCertain()) return null
    const name = key.toString('latin1')
    const inboxId = this.#known.get(name)
    if (inboxId === undefined) return null
    this.#services.metrics.notifications.inc({
      provider: account.provider,
      account: account.account,
      outcome: 'duplicate',
    })
    this.#count(name, key)
    this.#log(account)
    return { inboxId, duplicate: true }
  }

  async receive(messages: readonly IncomingMessage[]): Promise<(ReceivedMessage | null)[]> {
    const { inbox } = this.#services.stores
    const connections = inbox.connections()
    const received = await this.#unlessItFails(inbox.receive(messages))
    this.#hear()
    if (inbox.connections() === connections && this.#isCertain()) this.#remember(messages, received)
    return received
  }

  async drain(): Promise<void> {
    await this.#countAll()
    this.#logAll()
  }

  /** Whether the database that had these messages is the one that is there now. */
  #isCertain(): boolean {
    const connections = this.#services.stores.inbox.connections()
    if (connections !== this.#connections) {
      this.#known.clear()
      this.#connections = connections
    }
    return this.#isHeard
  }

  #hear(): void {
    this.#stopHearing()
    this.#isHeard = true
    this.#stopHearing = this.#services.clock.after(HEARD_MS, () => {
      this.#isHeard = false
    })
  }

  async #unlessItFails<T>(statement: Promise<T>): Promise<T> {
    try {
      return await statement
    } catch (error) {
      this.#known.clear()
      throw error
    }
  }

  /** A response may carry an Idempotency-Key, whose content only the database compares. */
  #remember(messages: readonly IncomingMessage[], received: readonly (ReceivedMessage | null)[]): void {
    for (const [index, { witness, key }] of messages.entries()) {
      const one = received[index]
      if (one?.duplicate === true && witness === 'notification')
        this.#known.set(key.toString('latin1'), one.inboxId)
    }
  }

  #count(name: string, key: Buffer): void {
    const receivedAt = this.#services.clock.now()
    const known = this.#uncounted.get(name)
    if (known) {
      known.deliveries += 1
      known.receivedAt = receivedAt
      return
    }
    if (this.#uncounted.size === 0)
      this.#services.clock.after(COUNT_EVERY_MS, () => {
        void this.#countAll()
      })
    this.#uncounted.set(name, { key, deliveries: 1, receivedAt })
  }

  /** One after the other: a later count must not meet an earlier one in the database. */
  async #countAll(): Promise<void> {
    const repetitions = [...this.#uncounted.values()]
    this.#uncounted = new Map()
    this.#counting = this.#counting.then(async () => this.#write(repetitions))
    return this.#counting
  }

  async #write(repetitions: readonly Repetition[]): Promise<void> {
    if (repetitions.length === 0) return
    const { stores, logger } = this.#services
    try {
      const found = await this.#unlessItFails(stores.inbox.countRepetitions(repetitions))
      if (found === repetitions.length) this.#hear()
      // A commit that was there is there no more.
      else this.#known.clear()
    } catch (error) {
      logger.warn({ error, messages: repetitions.length }, 'repeated deliveries could not be counted')
    }
  }

  #log({ provider, account }: AccountScope): void {
    const name = `${provider}/${account}`
    const known = this.#unlogged.get(name)
    if (known) {
      known.count += 1
      return
    }
    if (this.#unlogged.size === 0)
      this.#services.clock.after(LOG_EVERY_MS, () => {
        this.#logAll()
      })
    this.#unlogged.set(name, { provider, account, count: 1 })
  }

  #logAll(): void {
    for (const told of this.#unlogged.values())
      this.#services.logger.info(told, 'deliveries repeated what is stored')
    this.#unlogged.clear()
  }
}
