import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startProcess } from '../../support/started-process.ts'
import { track } from '../parts/children.ts'
import type { LoadOrder, LoadResult } from './protocol.ts'

const LOAD = fileURLToPath(new URL('load.ts', import.meta.url))

/** Let a fresh load generator carry out an order. Rejects when it ends without a result. */
export async function runLoad(order: LoadOrder): Promise<LoadResult> {
  const { child, ended, output } = startProcess(process.execPath, [LOAD], {
    environment: process.env,
    ipc: true,
  })
  track(child)
  const answered = once(child, 'message').then(([result]) => result as LoadResult)
  child.send(order)
  const result = await Promise.race([answered, ended])
  const code = await ended
  if (typeof result === 'object') return result
  throw new Error(`the load generator ended early (${code}):\n${output()}`)
}
