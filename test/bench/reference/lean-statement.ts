import { stories, type Story } from '../messages/stories.ts'
import { templateOf } from '../messages/template.ts'
import type { PgbenchWork } from './pgbench-script.ts'

/**
 * The lean reference: the least that a database can do for a notification that is kept, recognised when it comes again and
 * shown as the state of its payment. One prepared statement writes inbox, event and transaction; no queue, no orders, no
 * totals, no lists. pgbench sends it on concurrent connections.
 */
const TABLES = `
CREATE SCHEMA lean;
CREATE TABLE lean.inbox (
  id uuid PRIMARY KEY, key bytea NOT NULL UNIQUE, account text NOT NULL, body text NOT NULL, received_at timestamptz NOT NULL
);
CREATE TABLE lean.events (
  id uuid PRIMARY KEY, inbox_id uuid NOT NULL, account text NOT NULL, reference text NOT NULL, type text NOT NULL, fact jsonb NOT NULL
);
CREATE INDEX ON lean.events (reference, account);
CREATE TABLE lean.transactions (
  reference text, account text, status text NOT NULL, captured bigint NOT NULL, fact jsonb NOT NULL, updated_at timestamptz NOT NULL,
  version int NOT NULL, PRIMARY KEY (reference, account)
)`

const STATEMENT = `
WITH stored AS (
  INSERT INTO lean.inbox (id, key, account, body, received_at)
  VALUES (uuidv7(), sha256(convert_to(:n::text || '/' || :client_id::text, 'UTF8')), 'shop-fr', :body, now())
  ON CONFLICT (key) DO NOTHING RETURNING id
), appended AS (
  INSERT INTO lean.events (id, inbox_id, account, reference, type, fact)
  SELECT uuidv7(), id, 'shop-fr', :payment::text || '/' || :client_id::text, 'captured', :fact::jsonb FROM stored
)
INSERT INTO lean.transactions AS t (reference, account, status, captured, fact, updated_at, version)
SELECT :payment::text || '/' || :client_id::text, 'shop-fr', 'captured', 10000, :fact::jsonb, now(), 1 FROM stored
ON CONFLICT (reference, account) DO UPDATE
SET status = excluded.status, captured = excluded.captured, fact = excluded.fact, updated_at = excluded.updated_at, version = t.version + 1`

/** 2.5 notifications per payment, one in twenty repeated. */
const NUMBERS = ['\\set seq :seq + 1', '\\set n :seq - random(1, 20) / 20', '\\set payment :n * 2 / 5']

export function leanWork(): PgbenchWork {
  const [story] = stories as readonly [Story]
  const { request, bodyAt } = templateOf(story, story.steps[0]!)
  const body = request(0).subarray(bodyAt).toString()
  return {
    setUp: TABLES,
    scripts: [
      {
        name: 'lean',
        text: [...NUMBERS, `${STATEMENT.trim().replaceAll('\n', ' ')};`, ''].join('\n'),
        weight: 1,
      },
    ],
    variables: { seq: '0', body, fact: factOf(body) },
  }
}

/** As large as what a service keeps of it: every field that has a value. */
function factOf(body: string): string {
  const stated = [...new URLSearchParams(body)].filter(([, value]) => value !== '')
  return JSON.stringify(Object.fromEntries(stated))
}
