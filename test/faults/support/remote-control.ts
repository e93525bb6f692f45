import { flushCompileCache } from 'node:module'
import { setImmediate } from 'node:timers/promises'
import pg from 'pg'

/**
 * Loaded into the service before it starts (`node --import`): the process that is killed here is the one that is shipped,
 * line by line, and what kills it is nowhere in its code. The test says over the IPC channel where the process ends
 * itself, and what time it is.
 */

/** Where the process ends itself, as `kill -9` would: nothing is flushed, closed or said. */
export interface Failpoint {
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

const seen = new Set<string>()
/** Per connection, what it has sent since its last BEGIN. */
const sent = new WeakMap<object, Set<string>>()
let armed: Failpoint | undefined

const die = (): void => {
  process.kill(process.pid, 'SIGKILL')
}

function nameOf(query: unknown): string {
  if (typeof query === 'string') return query
  const { name, text } = query as { name?: string; text?: string }
  return name ?? text ?? ''
}

/** The failpoint's turn, if this statement is the one. */
function strikesAt(connection: object, statement: string): Failpoint | undefined {
  const { statement: wanted, following } = armed ?? {}
  if (!armed || statement !== wanted) return undefined
  if (following !== undefined && sent.get(connection)?.has(following) !== true) return undefined
  if (armed.pass > 0) {
    armed.pass -= 1
    return undefined
  }
  return armed
}

function remember(connection: object, statement: string): void {
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
function watchClock(): (ms: number) => void {
  let shift = 0
  const wall = Date
  globalThis.Date = new Proxy(wall, {
    construct: (target, given, made) =>
      Reflect.construct(target, given.length === 0 ? [wall.now() + shift] : given, made) as Date,
    get: (target, name, self) =>
      name === 'now' ? () => wall.now() + shift : (Reflect.get(target, name, self) as unknown),
  })
  return (ms) => {
    shift = ms
  }
}

watchStatements()
const shiftTo = watchClock()
process.on('message', (order: Order) => {
  // Who is killed cannot leave what it compiled to its successors.
  flushCompileCache()
  if (order.order === 'arm') armed = order.failpoint
  if (order.order === 'shift') shiftTo(order.ms)
  process.send?.({ statements: [...seen] } satisfies Obeyed)
})
// The process at the other end is gone: no other would ever stop this one.
process.on('disconnect', die)
// The channel alone must not keep a drained service alive.
process.channel?.unref()
