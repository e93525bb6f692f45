import { referenceOf } from '../messages/template.ts'
import { stories } from '../messages/stories.ts'
import type { Row, SampledTable, StepRows } from './row-samples.ts'

/**
 * Reference A: one statement per notification that writes the product's rows, called by pgbench. A function per step holds
 * what is constant in its rows; keys are made from the number `n`, and what is large (body, fact, operations, details)
 * travels as a parameter, as it would from a service.
 */
export interface PgbenchWork {
  /** Creates the functions. */
  setUp: string
  /** One script per story, and one per redelivery of each of its steps. */
  scripts: { name: string; text: string; weight: number }[]
  /** Values of the scripts' variables. */
  variables: Record<string, string>
}

export type Scope = 'accept' | 'pipeline'

const REDELIVERED_PERCENT = 5

export function pgbenchWork(samples: readonly StepRows[], scope: Scope): PgbenchWork {
  const calls = new Map<StepRows, string>()
  const variables: Record<string, string> = { seq: '0' }
  const setUp = ['CREATE SCHEMA bench']
  samples.forEach((sample, index) => {
    const name = `step_${index}`
    const large = largeValues(sample, scope)
    for (const [parameter, { value }] of Object.entries(large)) variables[`${parameter}_${index}`] = value
    setUp.push(functionOf(name, sample, scope))
    const parameters = Object.keys(large).map((parameter) => `:${parameter}_${index}`)
    calls.set(sample, `SELECT bench.${name}(${[':n', ...parameters].join(', ')});`)
  })
  return { setUp: setUp.join(';\n'), scripts: scriptsOf(samples, calls), variables }
}

function scriptsOf(
  samples: readonly StepRows[],
  calls: ReadonlyMap<StepRows, string>,
): PgbenchWork['scripts'] {
  const start = ['\\set seq :seq + 1', '\\set n :seq * 256 + :client_id']
  return stories.flatMap((story, index) => {
    const steps = samples.filter((sample) => sample.story === story).map((sample) => calls.get(sample) ?? '')
    const script = (name: string, lines: readonly string[], weight: number) => ({
      name: `story-${index}${name}`,
      text: [...start, ...lines].join('\n') + '\n',
      weight,
    })
    return [
      script('', steps, story.weight * (100 - REDELIVERED_PERCENT * steps.length)),
      ...steps.map((step, at) =>
        script(`-again-${at}`, [...steps, step], story.weight * REDELIVERED_PERCENT),
      ),
    ]
  })
}

function largeValues(
  { body, tables }: StepRows,
  scope: Scope,
): Record<string, { type: string; value: string }> {
  const json = (value: string | null | undefined) => ({ type: 'jsonb', value: value ?? 'null' })
  const accept = { body: { type: 'text', value: body } }
  if (scope === 'accept') return accept
  return {
    ...accept,
    fact: json(tables.transaction_events['fact']),
    operations: json(tables.transactions['operations']),
    details: json(tables.transactions['details']),
  }
}

function functionOf(name: string, sample: StepRows, scope: Scope): string {
  const large = Object.entries(largeValues(sample, scope)).map(
    ([parameter, { type }]) => `${parameter}_ ${type}`,
  )
  const reference = pattern(referenceOf(0, sample.story, sample.step.ownReference).slice(0, 1))
  return `CREATE FUNCTION bench.${name}(n bigint, ${large.join(', ')}) RETURNS void LANGUAGE plpgsql AS $bench$
DECLARE
  id_ uuid := uuidv7();
  stored uuid;
  now_ timestamptz := clock_timestamp();
  reference_ text := ${reference};
  order_ text := ${pattern('ORDER-')};
BEGIN
  ${insert('receipts', sample)}
  ON CONFLICT (key) DO UPDATE SET deliveries = r.deliveries + 1, last_delivered_at = excluded.last_delivered_at
  RETURNING r.inbox_id INTO stored;
  IF stored <> id_ THEN RETURN; END IF;
  ${insert('inbox_messages', sample)};
  INSERT INTO inbox_queue (inbox_id, due_at) VALUES (id_, now_);
  ${scope === 'pipeline' ? pipelineStatements(sample) : ''}
END $bench$`
}

const pipelineStatements = (sample: StepRows): string => `DELETE FROM inbox_queue WHERE inbox_id = id_;
  ${insert('inbox_outcomes', sample)};
  ${insert('transaction_events', sample)} ON CONFLICT DO NOTHING;
  ${insert('transactions', sample)}
  ON CONFLICT (reference, account, provider) DO UPDATE SET ${updateOf(sample.tables.transactions)};`

/** What a key looks like: a word and eleven digits. */
const pattern = (word: string): string => `'${word}' || lpad(n::text, 11, '0')`

function insert(table: SampledTable, { step, story, tables }: StepRows): string {
  const row = tables[table]
  const values = Object.entries(row).map(
    ([column, value]) => keyValue(table, column, `${story.name} ${step.name}`) ?? constant(value),
  )
  const columns = Object.keys(row).map((column) => `"${column}"`)
  return `INSERT INTO ${table} AS r (${columns.join(', ')}) VALUES (${values.join(', ')})`
}

/** An expression for what differs from row to row; undefined: a constant. */
function keyValue(table: SampledTable, column: string, step: string): string | undefined {
  const varying: Record<string, string> = {
    id: table === 'inbox_messages' ? 'id_' : 'uuidv7()',
    inbox_id: 'id_',
    key: `sha256(convert_to(n::text || '${step}', 'UTF8'))`,
    event_key: `sha256(convert_to(n::text || '${step} fact', 'UTF8'))`,
    content_digest: "sha256(convert_to(body_, 'UTF8'))",
    content: `convert_to(body_, 'UTF8')`,
    reference: 'reference_',
    order_id: 'order_',
    fact: 'fact_',
    operations: 'operations_',
    details: 'details_',
    received_at: 'now_',
    last_delivered_at: 'now_',
    processed_at: 'now_',
    first_seen_at: 'now_',
    updated_at: 'now_',
  }
  return varying[column]
}

const constant = (value: string | null): string =>
  value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`

const KEY_COLUMNS = ['reference', 'account', 'provider', 'first_seen_at']

const updateOf = (row: Row): string =>
  Object.keys(row)
    .filter((column) => !KEY_COLUMNS.includes(column))
    .map((column) =>
      column === 'version' ? 'version = r.version + 1' : `"${column}" = excluded."${column}"`,
    )
    .join(', ')
