import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { track } from '../parts/children.ts'
import type { LoadOrder, LoadResult } from './protocol.ts'

const LOAD = fileURLToPath(new URL('load.ts', import.meta.url))

/** Let a fresh load generator carry out an order. Rejects when it ends without a result. */
export async function runLoad(order: LoadOrder): Promise<LoadResult> {
  const child = track(fork(LOAD, { serialization: 'advanced' }))
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the load generator ended early (${String(code)})`)
  })
  const answered = once(child, 'message').then(([result]) => result as LoadResult)
  child.send(order)
  const result = await Promise.race([answered, ended])
  await ended.catch(() => undefined)
  return result
}
