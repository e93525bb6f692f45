import { describe, expect, test } from 'vitest'
import { scrub } from '../../../../src/card-data/scrub.ts'
import { IDENTIFIERS } from '../../../support/identifiers.ts'
import { EVENTS_MAX, type Translation } from '../../../../src/providers/provider.ts'
import { providers } from '../../../../src/providers/registry.ts'
import { casesOf, RECEIVED_AT } from '../../../support/fixture-cases.ts'
import { BODY_LIMIT, HOSTILE_BODIES } from '../../../support/hostile-bodies.ts'

/**
 * The largest and costliest bodies that get past the body limit, through everything that reads bodies. What costs their
 * square does not end within a test's time limit.
 */

/** Longest event: the columns of one row and not the message over again. */
const EVENT_MAX = 40_000

function expectBounded(translation: Translation): void {
  if (!translation.readable) {
    expect(translation.detail).not.toContain('could not be translated')
    return
  }
  expect(translation.events.length).toBeLessThanOrEqual(EVENTS_MAX)
  for (const event of translation.events) expect(JSON.stringify(event).length).toBeLessThan(EVENT_MAX)
}

describe.each(Object.entries(HOSTILE_BODIES))('%s', (_name, bodyOf) => {
  const content = Buffer.from(bodyOf(BODY_LIMIT), 'latin1')

  test.each(providers.map((provider) => [provider.names[0], provider] as const))(
    'to %s',
    (_provider, provider) => {
      const account = casesOf(provider)[0]!.account
      const headers = { 'x-allopass-signature': 'a'.repeat(64) }
      for (const carried of [
        { method: 'POST', query: '', body: content },
        { method: 'POST', query: content.toString('latin1'), body: Buffer.alloc(0) },
      ] as const) {
        expect(provider.verify({ ...carried, headers }, account, RECEIVED_AT).verified).toBe(false)
      }
      expectBounded(provider.translate({ content, receivedAt: RECEIVED_AT }, account))
      expectBounded(provider.translateResponse({ content, envelope: {}, receivedAt: RECEIVED_AT }, account))
    },
  )

  test('to what overwrites card data', () => {
    expect(scrub(content, { identifiers: IDENTIFIERS }).content).toHaveLength(content.length)
  })
})
