import { flushCompileCache } from 'node:module'
import { setImmediate } from 'node:timers/promises'
import { BroadcastChannel, getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads'
import pg from 'pg'

/**
 * Loaded into the service before it starts (`node --import`): the process that is killed here is the one that is shipped,
 * line by line, and what kills it is nowhere in its code. The test says over the IPC channel where the process ends
 * itself, and what time it is. A thread of the process loads the same, and is told through memory that both share.
 */

/** Where the process ends itself, as `kill -9` would: nothing is flushed, closed or said. */
export interface Failpoint {
  /** `thread`: where the processing thread ends, and the process lives on. */
  ends?: 'process' | 'thread'
  /** Name of the prepared statement, else its text. */
  statement: string
  /** Only on a connection that has sent this statement since its last BEGIN. */
  following?: string
  /** Not sent; sent and not answered; answered, and the code that waits for it has not heard of it. */
  moment: 'before' | 'sent' | 'after'
  /** So many times it is let through first. */
  pass: number
}

export type Order =
  { order: 'arm'; failpoint: Failpoint } | { order: 'shift'; ms: number } | { order: 'statements' }

/** Answered to every order: names of the statements sent so far. */
export interface Obeyed {
  statements: string[]
}

type Call = [query: unknown, ...rest: unknown[]]
type Callback = (...outcome: unknown[]) => void

/** What the process was told last: a number that grows with each order, its length, its text. */
const ORDERS = 'remote control'
const TEXT_AT = 2 * Int32Array.BYTES_PER_ELEMENT
if (isMainThread) setEnvironmentData(ORDERS, new SharedArrayBuffer(4_096))
const shared = getEnvironmentData(ORDERS) as unknown as SharedArrayBuffer
const head = new Int32Array(shared, 0, 2)

interface Standing {
  failpoint?: Failpoint | undefined
  shiftMs: number
}

let standing: Standing = { shiftMs: 0 }
let heard = 0

function tell(told: Standing): void {
  const text = Buffer.from(JSON.stringify(told))
  new Uint8Array(shared, TEXT_AT).set(text)
  Atomics.store(head, 1, text.length)
  Atomics.add(head, 0, 1)
}

/** Also in a thread that is busy: it asks before each statement. */
function hear(): Standing {
  const told = Atomics.load(head, 0)
  if (told === heard) return standing
  heard = told
  const text = Buffer.from(new Uint8Array(shared, TEXT_AT).slice(0, Atomics.load(head, 1))).toString()
  standing = JSON.parse(text) as Standing
  return standing
}

const seen = new Set<string>()
/** Of threads that sent a statement for the first time. */
const news = new BroadcastChannel(ORDERS)
news.onmessage = ({ data }) => {
  seen.add(data as string)
}
news.unref()
/** Per connection, what it has sent since its last BEGIN. */
const sent = new WeakMap<object, Set<string>>()

/** Once: the next one lives. */
function endThread(): never {
  tell({ shiftMs: standing.shiftMs })
  process.exit(1)
}

const die = (): void => {
  if (standing.failpoint?.ends === 'thread') endThread()
  process.kill(process.pid, 'SIGKILL')
}

function nameOf(query: unknown): string {
  if (typeof query === 'string') return query
  const { name, text } = query as { name?: string; text?: string }
  return name ?? text ?? ''
}

/** The failpoint's turn, if this statement is the one. */
function strikesAt(connection: object, statement: string): Failpoint | undefined {
  const armed = hear().failpoint
  const { statement: wanted, following, ends } = armed ?? {}
  if (!armed || statement !== wanted || (ends === 'thread' && isMainThread)) return undefined
  if (following !== undefined && sent.get(connection)?.has(following) !== true) return undefined
  if (armed.pass > 0) {
    armed.pass -= 1
    return undefined
  }
  return armed
}

function remember(connection: object, statement: string): void {
  if (!isMainThread && !seen.has(statement)) news.postMessage(statement)
  seen.add(statement)
  if (statement.startsWith('BEGIN')) sent.set(connection, new Set())
  sent.get(connection)?.add(statement)
}

/** pg answers a callback where there is one, else a promise. */
function struckAfter(call: Call, send: (call: Call) => unknown): unknown {
  const at = call.findIndex((argument) => typeof argument === 'function')
  const callback = call[at] as Callback | undefined
  if (!callback) return (send(call) as Promise<unknown>).finally(die)
  return send(call.with(at, die) as Call)
}

function watchStatements(): void {
  const prototype = pg.Client.prototype as unknown as { query: (...call: Call) => unknown }
  const { query } = prototype
  prototype.query = function (this: object, ...call: Call): unknown {
    const statement = nameOf(call[0])
    const { moment } = strikesAt(this, statement) ?? {}
    remember(this, statement)
    if (moment === 'before') die()
    const send = (sending: Call): unknown => Reflect.apply(query, this, sending)
    if (moment === 'after') return struckAfter(call, send)
    // The bytes are given to the socket within this turn.
    if (moment === 'sent') void setImmediate().then(die)
    return send(call)
  }
}

/** The wall clock, set by hand; timers go on as they do when an operator moves it. */
function watchClock(): void {
  const wall = Date
  const shift = (): number => hear().shiftMs
  globalThis.Date = new Proxy(wall, {
    construct: (target, given, made) =>
      Reflect.construct(target, given.length === 0 ? [wall.now() + shift()] : given, made) as Date,
    get: (target, name, self) =>
      name === 'now' ? () => wall.now() + shift() : (Reflect.get(target, name, self) as unknown),
  })
}

watchStatements()
watchClock()
if (isMainThread) obeyChannel()

function obeyChannel(): void {
  process.on('message', (order: Order) => {
    // Who is killed cannot leave what it compiled to its successors.
    flushCompileCache()
    if (order.order === 'arm') tell({ ...hear(), failpoint: order.failpoint })
    if (order.order === 'shift') tell({ ...hear(), shiftMs: order.ms })
    process.send?.({ statements: [...seen] } satisfies Obeyed)
  })
  // The process at the other end is gone: no other would ever stop this one.
  process.on('disconnect', die)
  // The channel alone must not keep a drained service alive.
  process.channel?.unref()
}
