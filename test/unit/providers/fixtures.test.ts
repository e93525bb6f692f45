import { describe, expect, test } from 'vitest'
import { scrub } from '../../../src/card-data/scrub.ts'
import { IDENTIFIERS, withKeptIds } from '../../support/identifiers.ts'
import { withoutPersonalData } from '../../../src/inbox/reconcile/personal-data.ts'
import type { Translation } from '../../../src/providers/provider.ts'
import { providers } from '../../../src/providers/registry.ts'
import { casesOf, nothingStated, RECEIVED_AT, type FixtureCase } from '../../support/fixture-cases.ts'

/** The one loop over all cases of all providers: verify, redact, translate. A new case is a new folder. */

/** A folder that was emptied or renamed must not look like success. */
const CASES_MIN: Readonly<Record<string, number>> = { hipay: 224, be2bill: 164 }

function translate({ provider, account, request, envelope }: FixtureCase, content: Buffer): Translation {
  const translation =
    request === null
      ? provider.translateResponse({ envelope, content, receivedAt: RECEIVED_AT }, account)
      : provider.translate({ content, receivedAt: RECEIVED_AT }, account)
  if (!translation.readable) return translation
  return {
    ...translation,
    events: translation.events.map((event) => withoutPersonalData(event, account, () => null)),
  }
}

function expectedTranslation({ account, request, expected }: FixtureCase) {
  const { events, ...outside } = expected.translation ?? {}
  const witness = request === null ? 'response' : 'notification'
  const blank = nothingStated(account, witness)
  return { ...outside, ...(events && { events: events.map((event) => ({ ...blank, ...event })) }) }
}

describe.each(providers.map((provider) => ({ name: provider.names[0] ?? '', provider })))(
  '$name',
  ({ name, provider }) => {
    const cases = casesOf(provider)

    test('there are enough cases, and each says something', () => {
      expect(cases.length).toBeGreaterThanOrEqual(CASES_MIN[name] ?? 1)
      for (const { name: folder, expected } of cases) {
        expect(expected.verification ?? expected.translation, folder).toBeDefined()
      }
    })

    test.each(cases)('$name', (fixture) => {
      const { account, request, expected } = fixture
      const verification = request && provider.verify(request, account, RECEIVED_AT)
      if (expected.verification) expect(verification).toMatchObject(expected.verification)
      const received = verification?.content ?? fixture.body
      const stored = scrub(received, { identifiers: IDENTIFIERS })
      expect(stored.scrubbed).toEqual(expected.scrubbed ?? [])
      if (!expected.translation) return
      const translation = expectedTranslation(fixture)
      expect(translate(fixture, received)).toEqual(translation)
      // What is stored is the message without card data, and a replay must read the same from it.
      const events = translation.events?.map((event) => withKeptIds(event, IDENTIFIERS))
      expect(translate(fixture, stored.content)).toEqual({ ...translation, ...(events && { events }) })
    })
  },
)
