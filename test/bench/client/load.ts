import { watchBacklog, type Backlog } from './backlog.ts'
import { createConnection, type Answer, type Connection } from './connection.ts'
import type { LoadOrder, LoadResult } from './protocol.ts'
import { openRequests } from './requests.ts'

/** Who has not answered this long after the last message will not. */
const GIVE_UP_MS = 30_000
const CONNECT_AT_ONCE = 128

/**
 * The load generator: a process of its own, so that its work is not mistaken for the service's. Takes one order, sends
 * its messages, tells what became of each, and ends.
 */
class Load {
  readonly #order: LoadOrder
  readonly #requests: ReturnType<typeof openRequests>
  readonly #statuses: Uint16Array
  readonly #micros: Uint32Array
  readonly #lanes: readonly Lane[]
  readonly #idle: Lane[]
  #backlog: Backlog | undefined
  #next: number
  #underWay = 0
  #startedAt = 0
  #retryAfterMissing = 0
  #stopped = false
  #givingUp: NodeJS.Timeout | undefined
  #finish: () => void = () => undefined

  constructor(order: LoadOrder) {
    this.#order = order
    this.#requests = openRequests(order.file, order.lengths, order.from)
    this.#statuses = new Uint16Array(order.to - order.from)
    this.#micros = new Uint32Array(order.to - order.from)
    this.#next = order.from
    this.#lanes = Array.from({ length: order.connections }, () => new Lane(order.port, this.#answered))
    this.#idle = [...this.#lanes]
  }

  async run(): Promise<LoadResult> {
    const { backlog, seconds, from } = this.#order
    await this.#connect()
    if (backlog) this.#backlog = await watchBacklog(backlog, from)
    const startedAt = Date.now()
    const cpu = process.cpuUsage()
    this.#startedAt = performance.now()
    const ticking = setInterval(this.#fill, 1)
    const timeIsUp = setTimeout(this.#stop, seconds * 1_000)
    const finished = new Promise<void>((resolve) => (this.#finish = resolve))
    this.#fill()
    await finished
    clearInterval(ticking)
    clearTimeout(timeIsUp)
    clearTimeout(this.#givingUp)
    const endedAt = Date.now()
    const { user, system } = process.cpuUsage(cpu)
    await this.#backlog?.close()
    this.#closeAll()
    const sent = this.#next - from
    return {
      next: this.#next,
      statuses: this.#statuses.slice(0, sent),
      micros: this.#micros.slice(0, sent),
      startedAt,
      endedAt,
      cpuMs: (user + system) / 1_000,
      retryAfterMissing: this.#retryAfterMissing,
    }
  }

  /** A few at a time: a server accepts no more than its queue holds. */
  async #connect(): Promise<void> {
    for (let at = 0; at < this.#lanes.length; at += CONNECT_AT_ONCE) {
      await Promise.all(this.#lanes.slice(at, at + CONNECT_AT_ONCE).map(async (lane) => lane.open()))
    }
  }

  /** Give every idle connection its next message, as far as one is due. */
  readonly #fill = (): void => {
    while (!this.#stopped && this.#idle.length > 0) {
      const dueAt = this.#dueAt()
      if (dueAt > performance.now() || this.#backlog?.isFull(this.#next) === true) return
      const lane = this.#idle.pop() as Lane
      lane.index = this.#next++
      lane.dueAt = dueAt
      this.#underWay += 1
      lane.send(this.#requests.next())
      if (this.#next >= this.#order.to) this.#stop()
    }
  }

  /** At fixed times, on the milliseconds that the timer ticks at; in a closed loop now. */
  #dueAt(): number {
    const { perSecond, from } = this.#order
    if (perSecond === null) return performance.now()
    return this.#startedAt + Math.ceil(((this.#next - from) * 1_000) / perSecond)
  }

  readonly #answered = (lane: Lane, { status, retryAfter }: Answer): void => {
    const at = lane.index - this.#order.from
    this.#statuses[at] = status
    this.#micros[at] = (performance.now() - lane.dueAt) * 1_000
    if (status === 503 && !retryAfter) this.#retryAfterMissing += 1
    this.#underWay -= 1
    this.#idle.push(lane)
    if (this.#stopped && this.#underWay === 0) this.#finish()
    else this.#fill()
  }

  readonly #stop = (): void => {
    this.#stopped = true
    this.#givingUp ??= setTimeout(this.#closeAll, GIVE_UP_MS)
    if (this.#underWay === 0) this.#finish()
  }

  readonly #closeAll = (): void => {
    for (const lane of this.#lanes) lane.close()
  }
}

/** A connection and the message it carries. */
class Lane {
  index = 0
  dueAt = 0
  readonly #connection: Connection

  constructor(port: number, onAnswer: (lane: Lane, answer: Answer) => void) {
    this.#connection = createConnection(port, (answer) => {
      onAnswer(this, answer)
    })
  }

  async open(): Promise<void> {
    await this.#connection.open()
  }

  send(request: Buffer): void {
    this.#connection.send(request)
  }

  close(): void {
    this.#connection.close()
  }
}

process.once('message', (order: LoadOrder) => {
  void new Load(order).run().then((result) => {
    process.send?.(result, () => {
      process.disconnect()
    })
  })
})
