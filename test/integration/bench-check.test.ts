import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest'
import { check } from '../bench/check.ts'
import { runLoad } from '../bench/client/run-load.ts'
import { believed, type Believed } from '../bench/messages/believed.ts'
import { makeCorpus, type Corpus } from '../bench/messages/corpus.ts'
import { createTraffic } from '../bench/messages/traffic.ts'
import { BENCH_ACCOUNTS } from '../support/bench-accounts.ts'
import { startTestService, type TestService } from '../support/service.ts'

/** The bench counts for nothing unless its end check notices what went wrong. */

const MESSAGES = 400

describe('the end check of the bench', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-check-'))
  let service: TestService
  let corpus: Corpus
  let facts: Believed
  let client: pg.Client

  beforeAll(async () => {
    service = await startTestService({ accounts: BENCH_ACCOUNTS })
    corpus = makeCorpus(directory, MESSAGES, createTraffic({ min: 5, spread: 40 }))
    const result = await runLoad({
      port: Number(new URL(service.url).port),
      file: corpus.file,
      lengths: corpus.lengths,
      from: 0,
      to: MESSAGES,
      connections: 8,
      seconds: 60,
      perSecond: null,
      backlog: null,
    })
    expect(result.statuses.length).toBe(MESSAGES)
    facts = believed(corpus, [{ from: 0, result }])
    await service.settled()
    client = new pg.Client({ connectionString: service.database.url })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await service.stop()
    rmSync(directory, { recursive: true })
  })
  beforeEach(async () => client.query('BEGIN'))
  afterEach(async () => client.query('ROLLBACK'))

  const run = async (believedFacts = facts): Promise<string[]> =>
    check(
      {
        query: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
          (await client.query<Row>(text, values)).rows,
      },
      { corpus, believed: believedFacts, processed: true, since: new Date(0) },
    )

  it('finds nothing where every message was stored and reconciled once, redeliveries included', async () => {
    expect(facts.deliveries).toEqual({ acknowledged: MESSAGES, uncertain: 0 })
    expect(facts.acknowledged.length).toBeLessThan(MESSAGES)
    expect(await run()).toEqual([])
  })

  const one = (table: string, key: string): string => `${key} = (SELECT ${key} FROM ${table} LIMIT 1)`

  it.each([
    [`DELETE FROM inbox_messages WHERE ${one('inbox_messages', 'id')}`, '1 acknowledged messages are lost'],
    [
      `INSERT INTO inbox_messages SELECT (m).* FROM (SELECT jsonb_populate_record(m, '{"id": "00000000-0000-0000-0000-000000000001"}') AS m FROM inbox_messages m LIMIT 1) copy`,
      '1 messages are stored more than once',
    ],
    [
      `UPDATE inbox_messages SET content_digest = '\\x00' WHERE ${one('inbox_messages', 'id')}`,
      '1 messages are stored that the sender did not send',
    ],
    [`DELETE FROM receipts WHERE ${one('receipts', 'key')}`, '1 messages have no row in the ledger'],
    [
      `UPDATE receipts SET deliveries = deliveries + 1 WHERE ${one('receipts', 'key')}`,
      `${MESSAGES + 1} deliveries counted, ${MESSAGES} acknowledged and 0 not`,
    ],
    [
      `INSERT INTO inbox_queue (inbox_id, due_at) SELECT id, now() FROM inbox_messages LIMIT 1`,
      '1 messages are still in the queue',
    ],
    [
      `UPDATE inbox_outcomes SET state = 'parked' WHERE ${one('inbox_outcomes', 'inbox_id')}`,
      '1 messages were not processed once',
    ],
    [
      `DELETE FROM transaction_events WHERE ${one('transaction_events', 'id')}`,
      '1 messages have no event, or several',
    ],
    [
      `UPDATE transactions SET captured_total = 1 WHERE ${one('transactions', 'reference')}`,
      '1 payments are missing, unknown to the senders, or in another state than their messages say',
    ],
    [
      `DELETE FROM transactions WHERE ${one('transactions', 'reference')}`,
      '1 payments are missing, unknown to the senders, or in another state than their messages say',
    ],
    [
      `INSERT INTO discrepancies (id, key, provider, account, class, opened_at) VALUES (gen_random_uuid(), 'k', 'hipay', 'shop-fr', 'amount_mismatch', now())`,
      '1 discrepancies in traffic without contradictions',
    ],
  ])('notices: %s', async (damage, problem) => {
    await client.query(damage)
    expect(await run()).toContain(problem)
  })

  it('leaves open what an answer other than 200 leaves open', async () => {
    const [first = 0, ...others] = facts.acknowledged
    const unsure: Believed = {
      ...facts,
      acknowledged: others,
      uncertain: [first],
      deliveries: { acknowledged: MESSAGES - 1, uncertain: 1 },
    }
    expect(await run(unsure)).toEqual([])
    await client.query('ROLLBACK')
    await client.query('BEGIN')
    await client.query(
      `DELETE FROM receipts WHERE inbox_id IN
      (SELECT id FROM inbox_messages WHERE content_digest = $1)`,
      [corpus.digests.subarray(first * 32, first * 32 + 32)],
    )
    expect(await run(unsure)).not.toContain('1 acknowledged messages are lost')
  })
})
