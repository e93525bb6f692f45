import { referenceOf } from '../messages/template.ts'
import { stories } from '../messages/stories.ts'
import type { SampledTable, StepRows } from './row-samples.ts'
import { insertion, keyUnder, updateOf, type KeyExpressions } from './row-sql.ts'

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
  const insert = (table: SampledTable): string => {
    const { into, values } = insertion(table, sample, keysOf(sample))
    return `${into} VALUES (${values})`
  }
  return `CREATE FUNCTION bench.${name}(n bigint, ${large.join(', ')}) RETURNS void LANGUAGE plpgsql AS $bench$
DECLARE
  id_ uuid := uuidv7();
  stored uuid;
  now_ timestamptz := clock_timestamp();
  reference_ text := ${numbered(referenceOf(0, sample.story, sample.step.ownReference).slice(0, 1))};
  order_ text := ${numbered('ORDER-')};
BEGIN
  ${insert('receipts')}
  ON CONFLICT (key) DO UPDATE SET deliveries = r.deliveries + 1, last_delivered_at = excluded.last_delivered_at
  RETURNING r.inbox_id INTO stored;
  IF stored <> id_ THEN RETURN; END IF;
  ${insert('inbox_messages')};
  INSERT INTO inbox_queue (inbox_id, due_at) VALUES (id_, now_);
  ${scope === 'pipeline' ? effectsOf(sample, insert) : ''}
END $bench$`
}

const effectsOf = ({ tables }: StepRows, insert: (table: SampledTable) => string): string => `
  DELETE FROM inbox_queue WHERE inbox_id = id_;
  ${insert('inbox_outcomes')};
  ${insert('transaction_events')} ON CONFLICT DO NOTHING;
  ${insert('transactions')} ON CONFLICT (reference, account, provider) DO UPDATE SET ${updateOf(tables.transactions)};
  ${insert('orders')} ON CONFLICT (order_id, account, provider) DO UPDATE SET ${updateOf(tables.orders)};`

/** What a key looks like: a word and eleven digits. */
const numbered = (word: string): string => `'${word}' || lpad(n::text, 11, '0')`

function keysOf({ story, step }: StepRows): KeyExpressions {
  const message = `${story.name} ${step.name}`
  return {
    messageId: 'id_',
    eventId: 'uuidv7()',
    key: keyUnder('reference_', `n::text || '${message}'`),
    eventKey: keyUnder('reference_', `n::text || '${message}, fact'`),
    content: `convert_to(body_, 'UTF8')`,
    digest: `sha256(convert_to(body_, 'UTF8'))`,
    reference: 'reference_',
    order: 'order_',
    at: 'now_',
    fact: 'fact_',
    operations: 'operations_',
    details: 'details_',
  }
}
