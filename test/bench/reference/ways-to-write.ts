import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { createInboxStore } from '../../../src/db/receive/inbox-store.ts'
import { createPool, withTransaction } from '../../../src/db/pool.ts'
import { RECEIVE_MESSAGES } from '../../../src/db/receive/receive-messages.sql.ts'
import { NO_KEYS } from '../../support/no-keys.ts'
import type { IncomingMessage } from '../../../src/inbox/messages.ts'

/** Ways to write a batch of receipts, the product's own first: the same rows in all of them. */
export interface Way {
  name: string
  /** Run once on the way's own database, whose name is `$database`. */
  prepare?: string
  writer: (open: { pool: pg.Pool; directory: string }) => Writer
}

/** What can be made ready before a batch is timed, and the writing itself. */
export type Writer = (batch: readonly IncomingMessage[]) => Promise<() => Promise<unknown>>

export const openPool = (databaseUrl: string): pg.Pool =>
  createPool({ databaseUrl, max: 1, onError: () => undefined })

const product: Way['writer'] = ({ pool }) => {
  const store = createInboxStore(pool, NO_KEYS)
  return async (batch) => async () => store.receive(batch)
}

/** The product's statement, its rows drawn from elsewhere. */
function receiveFrom(rows: string): string {
  const [before, after] = RECEIVE_MESSAGES.split(/WITH incoming AS \([\s\S]*?\n\), ledger/)
  const text = `${before ?? ''}WITH incoming AS (${rows}), ledger${after ?? ''}`
    .replace(/substring\(\$\d+::bytea FROM i\.starts_at FOR i\.length\)/, 'i.content')
    .replace(/\$\d+::text(?=\s+FROM incoming)/, 'NULL::text')
  if (after === undefined || /\$\d+[^$]*$/.test(after.replace(/substring.*?length\)|\$\d+::text/g, '')))
    throw new Error('the statement of receipt has another form than this comparison knows')
  return text
}

const AS_JSON = receiveFrom(`
  SELECT decode(key, 'hex') AS key, decode(content_digest, 'hex') AS content_digest, decode(content, 'base64') AS content,
         inbox_id, deliveries, received_at, provider, account, witness, secret_id, scrubbed, envelope
  FROM json_to_recordset($1::json) AS t(key text, content_digest text, content text, inbox_id uuid, deliveries int,
    received_at timestamptz, provider text, account text, witness text, secret_id text, scrubbed jsonb, envelope jsonb)`)

const AS_BYTEA_ARRAYS = receiveFrom(`
  SELECT t.* FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::uuid[], $5::int[], $6::timestamptz[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::jsonb[], $12::jsonb[])
    AS t(key, content_digest, content, inbox_id, deliveries, received_at, provider, account, witness, secret_id, scrubbed,
         envelope)`)

const FROM_STAGING = receiveFrom('SELECT * FROM staging')

const STAGING = `
CREATE UNLOGGED TABLE staging (key bytea, content_digest bytea, content bytea, inbox_id uuid, deliveries int,
  received_at timestamptz, provider text, account text, witness text, secret_id text, scrubbed jsonb, envelope jsonb)`

const cells = (message: IncomingMessage) => [
  message.key,
  message.contentDigest,
  message.content,
  message.id,
  1,
  message.receivedAt.toISOString(),
  message.provider,
  message.account,
  message.witness,
  message.secretId,
  JSON.stringify(message.scrubbed),
  null,
]

const inKeyOrder = (batch: readonly IncomingMessage[]): IncomingMessage[] =>
  [...batch].sort((left, right) => left.key.compare(right.key))

const asJson: Way['writer'] =
  ({ pool }) =>
  async (batch) =>
  async () => {
    const rows = inKeyOrder(batch).map((message) => ({
      key: message.key.toString('hex'),
      content_digest: message.contentDigest.toString('hex'),
      content: message.content.toString('base64'),
      inbox_id: message.id,
      deliveries: 1,
      received_at: message.receivedAt,
      provider: message.provider,
      account: message.account,
      witness: message.witness,
      secret_id: message.secretId,
      scrubbed: message.scrubbed,
      envelope: null,
    }))
    return pool.query({ name: 'as_json', text: AS_JSON, values: [JSON.stringify(rows)] })
  }

const asByteaArrays: Way['writer'] =
  ({ pool }) =>
  async (batch) =>
  async () => {
    const rows = inKeyOrder(batch).map(cells)
    const values = Array.from({ length: 12 }, (_, column) => rows.map((row) => row[column]))
    return pool.query({ name: 'as_bytea_arrays', text: AS_BYTEA_ARRAYS, values })
  }

const oneByOne: Way['writer'] =
  ({ pool }) =>
  async (batch) =>
  async () =>
    withTransaction(pool, async (client) => {
      const store = createInboxStore(client as unknown as pg.Pool, NO_KEYS)
      for (const message of batch) await store.receive([message])
    })

/** No client could be faster than a server that reads a file of its own. */
const byCopy: Way['writer'] = ({ pool, directory }) => {
  const file = join(directory, 'batch.copy')
  return async (batch) => {
    const lines = inKeyOrder(batch).map((message) => cells(message).map(copyCell).join('\t'))
    await writeFile(file, `${lines.join('\n')}\n`)
    await chmod(file, 0o644)
    return async () =>
      withTransaction(pool, async (client) => {
        await client.query(`COPY staging FROM '${file}'`)
        await client.query({ name: 'from_staging', text: FROM_STAGING })
        await client.query('TRUNCATE staging')
      })
  }
}

const copyCell = (value: string | number | Buffer | null): string => {
  if (value === null) return '\\N'
  return Buffer.isBuffer(value) ? `\\\\x${value.toString('hex')}` : String(value)
}

/** Without its name a statement is parsed and planned every time. */
const unprepared: Way['writer'] = ({ pool, directory }) => {
  const query = async ({ name: _name, ...config }: pg.QueryConfig) => pool.query(config)
  return product({ pool: { query } as unknown as pg.Pool, directory })
}

export const WAYS: readonly Way[] = [
  { name: 'the product: arrays, all bodies as one run of bytes, prepared', writer: product },
  { name: 'the same, not prepared', writer: unprepared },
  { name: 'bodies as an array of bytea', writer: asByteaArrays },
  { name: 'one JSON parameter (json_to_recordset)', writer: asJson },
  { name: 'COPY into a staging table, then the same insert', prepare: STAGING, writer: byCopy },
  { name: 'a statement per message, one transaction', writer: oneByOne },
  {
    name: 'the product, bodies compressed by pglz',
    prepare: 'ALTER TABLE inbox_messages ALTER COLUMN content SET COMPRESSION pglz',
    writer: product,
  },
  {
    name: 'the product, bodies not compressed',
    prepare: 'ALTER TABLE inbox_messages ALTER COLUMN content SET STORAGE EXTERNAL',
    writer: product,
  },
  {
    name: 'the product without durability (synchronous_commit off)',
    prepare: 'ALTER DATABASE $database SET synchronous_commit = off',
    writer: product,
  },
]
