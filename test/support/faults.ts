import type { Pool, PoolClient } from 'pg'

/** Faults between the steps of a transaction: what a crash, a restart of the database or an operator does. */

export interface FaultPlan {
  /** Called before (and after) each statement of a checked-out connection, numbered from 1 in the order they are sent. */
  before?: (step: number, statement: string, pid: number) => Promise<void>
  after?: (step: number, statement: string, pid: number) => Promise<void>
}

/** The same pool, except that every statement on a connection taken from it passes the plan. */
export function withFaults(pool: Pool, plan: () => FaultPlan): Pool {
  return new Proxy(pool, {
    get: (target, name) => {
      if (name === 'connect') return async () => faultyClient(await target.connect(), plan())
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

function faultyClient(client: PoolClient, plan: FaultPlan): PoolClient {
  let step = 0
  /** Statements that are issued together still leave in their order, however long one of them is held. */
  let turn: Promise<undefined> = Promise.resolve(undefined)
  const { processID } = client as unknown as { processID: number }
  const query = async (...call: unknown[]): Promise<unknown> => {
    const statement = nameOf(call[0])
    // What tidies up after a fault is not a step of its own.
    if (statement === 'ROLLBACK') return send(client, call)
    const mine = (step += 1)
    const before = turn
    const left = Promise.withResolvers<undefined>()
    turn = left.promise
    let answer: Promise<unknown>
    try {
      await before
      await plan.before?.(mine, statement, processID)
      answer = send(client, call)
    } finally {
      left.resolve(undefined)
    }
    const result = await answer
    await plan.after?.(mine, statement, processID)
    return result
  }
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'query') return query
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

const send = async (client: PoolClient, call: unknown[]): Promise<unknown> =>
  (client.query as (...args: unknown[]) => Promise<unknown>)(...call)

function nameOf(query: unknown): string {
  if (typeof query === 'string') return query
  const { name, text } = query as { name?: string; text: string }
  return name ?? text
}
