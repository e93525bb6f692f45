import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { SCHEMA_VERSION, type TransactionEvent } from '../../../../src/domain/event/transaction-event.ts'
import { eventJsonSchema, transactionEventSchema } from '../../../../src/http/v1/event.ts'
import { withoutPersonalData } from '../../../../src/inbox/reconcile/personal-data.ts'
import { providers } from '../../../../src/providers/registry.ts'
import { casesOf, nothingStated, RECEIVED_AT, type FixtureCase } from '../../../support/fixture-cases.ts'

/** docs/transaction-event.schema.json, the domain's table of fields and what the adapters produce are one thing. */

const COMMITTED = new URL('../../../../docs/transaction-event.schema.json', import.meta.url)

interface ObjectSchema {
  properties?: Record<string, unknown>
  required?: string[]
}
const committed = (): ObjectSchema => JSON.parse(readFileSync(COMMITTED, 'utf8')) as ObjectSchema

/** The same schema for a writer: nothing but what it lists. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]))
  return 'properties' in inner ? { ...inner, additionalProperties: false } : inner
}

const validator = z.fromJSONSchema(closed(committed()) as Parameters<typeof z.fromJSONSchema>[0])
const published = (event: TransactionEvent) => ({
  id: '01900000-0000-7000-8000-000000000001',
  inboxId: '01900000-0000-7000-8000-000000000002',
  schemaVersion: SCHEMA_VERSION,
  ...event,
})

function eventsOf({ provider, account, request, envelope, body }: FixtureCase): TransactionEvent[] {
  const verification = request && provider.verify(request, account, RECEIVED_AT)
  if (verification?.verified === false) return []
  const translation = verification
    ? provider.translate({ content: verification.content, receivedAt: RECEIVED_AT }, account)
    : provider.translateResponse({ envelope, content: body, receivedAt: RECEIVED_AT }, account)
  const events = translation.readable ? translation.events : []
  return events.map((event) => withoutPersonalData(event, account, () => null))
}

const fixtures = providers.flatMap(casesOf)
const account = fixtures[0]!.account

describe('the published schema', () => {
  test('is what the code says (vitest run -u writes it anew)', async () => {
    const options = { ...(await resolveConfig(COMMITTED)), parser: 'json' }
    const text = await format(JSON.stringify(eventJsonSchema()), options)
    await expect(text).toMatchFileSnapshot(fileURLToPath(COMMITTED))
  })

  test('has the fields of the domain’s table and no other, all of them required', () => {
    const fields = Object.keys(published(nothingStated(account, 'notification'))).toSorted()
    expect(Object.keys(committed().properties ?? {}).toSorted()).toEqual(fields)
    expect(committed().required?.toSorted()).toEqual(fields)
  })

  test('is that of version 1', () => {
    expect(committed().properties?.['schemaVersion']).toEqual({ const: 1, type: 'number' })
  })
})

describe('events of all fixture cases', () => {
  const events = fixtures.flatMap((fixture) => eventsOf(fixture).map((event) => ({ fixture, event })))

  test('are valid', () => {
    for (const { fixture, event } of events) {
      const result = validator.safeParse(JSON.parse(JSON.stringify(published(event))))
      expect({ case: fixture.name, problem: result.error?.message }).toEqual({ case: fixture.name })
    }
    expect(events.length).toBeGreaterThanOrEqual(329)
  })

  test('state every field somewhere', () => {
    const stated = (event: TransactionEvent): string[] => {
      const blank: Record<string, unknown> = nothingStated(account, 'notification')
      return Object.entries(event)
        .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(blank[name]))
        .map(([name]) => name)
    }
    const seen = new Set(events.flatMap(({ event }) => stated(event)))
    const fields = Object.keys(transactionEventSchema.shape).filter((name) => name !== 'receivedAt')
    expect(fields.filter((name) => !seen.has(name))).toEqual([])
  })
})

describe('the schema refuses', () => {
  const valid = published(nothingStated(account, 'notification'))

  test.each([
    ['an amount that is no integer', { amount: 12.5 }],
    ['an amount as text', { amount: '1250' }],
    ['a type of no list', { type: 'paid' }],
    ['a field that is not there', { orderId: undefined }],
    ['an unknown field', { order: 'A-1' }],
    ['a code as a number', { providerCode: 116 }],
    ['a date that is none', { occurredAt: 'yesterday' }],
    ['part of a reason', { reason: { code: '1' } }],
    ['another version', { schemaVersion: 2 }],
  ])('%s', (_what, change) => {
    expect(validator.safeParse(valid).success).toBe(true)
    expect(validator.safeParse({ ...valid, ...change }).success).toBe(false)
  })
})
