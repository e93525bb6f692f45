import { TIMES } from '../../../support/scenarios.ts'
import { describe, expect, it } from 'vitest'
import type { StoredEvent } from '../../../../src/domain/event/evidence.ts'
import { toNewEvent } from '../../../../src/inbox/reconcile/event-key.ts'
import { hipay } from '../../../../src/providers/hipay/index.ts'
import type { Account } from '../../../../src/providers/account.ts'
import { hipayFields } from '../../../support/wire.ts'

const account: Account = {
  provider: 'hipay',
  account: 'shop',
  identifiers: [],
  ignoredQueryParameters: [],
  numericIds: false,
  keep: [],
  silence: null,
  secrets: [
    {
      id: 'only',
      value: 's',
      notBefore: null,
      notAfter: null,
      hashAlgorithm: 'sha256',
      identifiers: [],
      merchantIds: [],
    },
  ],
  policy: {
    responses: 'expected',
    expectations: 'optional',
    test: true,
    merchantIds: [],
    ...TIMES,
  },
}

function eventOf(encoding: 'form' | 'xml' = 'form', change: Partial<StoredEvent> = {}): StoredEvent {
  const fields = hipayFields({
    cdata1: 'a',
    cdata2: 'b',
    payment_product: 'visa',
    reason: { code: '1', message: 'm' },
  })
  const content = hipay.sign(fields, account, { encoding }).body
  const translation = hipay.translate({ content, receivedAt: new Date('2026-04-01T12:00:00Z') }, account)
  if (!translation.readable) throw new Error(translation.detail)
  return { ...translation.events[0]!, id: 'event', inboxId: 'message', ...change }
}

const keyOf = (event: StoredEvent): string => toNewEvent(event).eventKey
const reversed = <Value extends object>(value: Value): Value =>
  Object.fromEntries(Object.entries(value).reverse()) as Value

describe('event key', () => {
  it('is one for one fact, whatever its encoding, message, receipt or the order of its fields', () => {
    const key = keyOf(eventOf())
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    expect(keyOf(eventOf('xml'))).toBe(key)
    expect(
      keyOf(eventOf('form', { id: 'other', inboxId: 'other', receivedAt: '2030-01-01T00:00:00.000Z' })),
    ).toBe(key)
    expect(keyOf(eventOf('form', { providerMessage: 'autre texte' }))).toBe(key)
    const event = eventOf()
    expect(
      keyOf(reversed({ ...event, custom: reversed(event.custom), reason: reversed(event.reason!) })),
    ).toBe(key)
  })

  const fields = Object.keys(eventOf()) as (keyof StoredEvent)[]
  const excluded = ['id', 'inboxId', 'receivedAt', 'providerMessage']
  it.each(fields.filter((field) => !excluded.includes(field)))('differs when %s does', (field) => {
    const event = eventOf()
    const changed = { ...event, [field]: event[field] === 'changed' ? 'other' : 'changed' }
    expect(keyOf(changed)).not.toBe(keyOf(event))
  })

  it('is one per message for a request: two time-outs of one order are two calls', () => {
    const call = (inboxId: string): StoredEvent => eventOf('form', { reference: null, inboxId })
    expect(keyOf(call('a'))).not.toBe(keyOf(call('b')))
    expect(keyOf(call('a'))).toBe(keyOf(call('a')))
  })

  it('tells fields with strange names apart', () => {
    const withCustom = (json: string): StoredEvent =>
      eventOf('form', { custom: JSON.parse(json) as Record<string, string> })
    const keys = ['{"__proto__":"a"}', '{"__proto__":"b"}', '{"constructor":"a"}', '{}'].map((json) =>
      keyOf(withCustom(json)),
    )
    expect(new Set(keys).size).toBe(4)
  })
})
