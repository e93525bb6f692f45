import { expect, it } from 'vitest'
import { factText, toStoredEvent, type EventRow } from '../../../src/db/facts.ts'
import { blankEvent } from '../../../src/domain/event/blank-event.ts'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'

const ids = { id: 'e-1', inboxId: 'i-1' }
const source = { provider: 'hipay', account: 'shop', witness: 'notification' as const }
const blank: StoredEvent = { ...blankEvent({ ...source, receivedAt: '2026-04-01T12:00:00.000Z' }), ...ids }

const readBack = (event: StoredEvent): StoredEvent =>
  toStoredEvent({ ...ids, fact: JSON.parse(factText(event)) as EventRow['fact'] })

it.each<[string, Partial<StoredEvent>]>([
  ['nothing', {}],
  ['no to what may be unknown', { test: false }],
  ['yes', { test: true, statesAuthorization: true }],
  ['an amount of nothing', { amount: 0, capturedTotal: 0 }],
  ['empty text', { providerMessage: '' }],
  [
    'parts that state nothing',
    { reason: { code: null, message: 'm', advice: null, retryable: null } as never },
  ],
  [
    'fields of the merchant called like our own',
    { custom: { test: '', amount: 'null' }, extra: { reason: 'x' } },
  ],
  ['a list', { invalidAmounts: ['captured_amount'] }],
])('a fact that states %s is read back as it was', (_what, stated) => {
  const event = { ...blank, ...stated }
  expect(readBack(event)).toStrictEqual(event)
})

it('what states nothing takes no room', () => {
  expect(Object.keys(JSON.parse(factText(blank)) as object)).toEqual([
    ...Object.keys(source),
    ...['type', 'receivedAt'],
  ])
})
