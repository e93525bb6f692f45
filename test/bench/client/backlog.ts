import pg from 'pg'
import type { BacklogWatch } from './protocol.ts'

/** How many acknowledged messages are not processed yet, told from a sample: one row looked up per hundred messages. */
export interface Backlog {
  /** Messages before `index` are acknowledged. */
  isFull(index: number): boolean
  close(): Promise<void>
}

const LOOK_EVERY_MS = 10
/** More at a time would tell nothing more: they are processed nearly in order. */
const LOOK_AT_MAX = 32

const SEEN = 'SELECT reference FROM transaction_events WHERE reference = ANY ($1::text[])'

export async function watchBacklog(watch: BacklogWatch, from: number): Promise<Backlog> {
  const client = new pg.Client({ connectionString: watch.databaseUrl })
  await client.connect()
  let next = watch.indexes.findIndex((index) => index >= from)
  if (next < 0) next = watch.indexes.length
  let processed = from
  let closed = false

  const look = async (): Promise<void> => {
    const wanted = watch.references.slice(next, next + LOOK_AT_MAX)
    const { rows } = await client.query<{ reference: string }>({ name: 'seen', text: SEEN, values: [wanted] })
    const seen = new Set(rows.map(({ reference }) => reference))
    const last = wanted.findLastIndex((reference) => seen.has(reference))
    if (last < 0) return
    processed = watch.indexes[next + last] ?? processed
    next += last + 1
  }
  const loop = async (): Promise<void> => {
    while (!closed) {
      await look()
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  }
  const running = loop()
  return {
    isFull: (index) => index - processed > watch.limit,
    close: async () => {
      closed = true
      await running
      await client.end()
    },
  }
}
