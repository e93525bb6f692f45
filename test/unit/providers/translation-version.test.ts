import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeFact } from '../../../src/domain/event/written-fact.ts'
import { sha256 } from '../../../src/lib/crypto.ts'
import type { Translation } from '../../../src/providers/provider.ts'
import { providers } from '../../../src/providers/registry.ts'
import { casesOf, RECEIVED_AT, type FixtureCase } from '../../support/fixture-cases.ts'

/**
 * A replay finds what an older build translated by `translationVersion`. Beside the fixtures of each provider stands what they
 * translate to at that version, as a digest per case. A case that translates to something else asks for the next version; new cases,
 * and all of them once the version is raised, are recorded by this test.
 */

function translate({ provider, account, request, envelope, body }: FixtureCase): Translation | null {
  const receivedAt = RECEIVED_AT
  if (request === null) return provider.translateResponse({ envelope, content: body, receivedAt }, account)
  const verification = provider.verify(request, account, receivedAt)
  return verification.verified
    ? provider.translate({ content: verification.content, receivedAt }, account)
    : null
}

/** What a message states, as it would be stored. */
function digestOf(fixture: FixtureCase): string | null {
  const translation = translate(fixture)
  if (translation === null) return null
  const stated = translation.readable
    ? [translation.family, ...translation.events.map((event) => writeFact(event).text)]
    : translation
  return sha256(JSON.stringify(stated)).toString('base64url').slice(0, 16)
}

interface Recorded {
  version: number
  cases: Record<string, string>
}

const FIXTURES = join(import.meta.dirname, '../../fixtures')
const NOTHING: Recorded = { version: 0, cases: {} }

/** The cases of the record that translate to something else now. */
const changedCases = (recorded: Recorded, now: Recorded): string[] =>
  Object.keys(recorded.cases).filter(
    (name) => now.cases[name] !== undefined && now.cases[name] !== recorded.cases[name],
  )

describe.each(providers.map((provider) => ({ name: provider.names[0] ?? '', provider })))(
  '$name',
  ({ name, provider }) => {
    const path = join(FIXTURES, name, 'translations.json')
    const recorded = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Recorded) : NOTHING
    const digests = casesOf(provider).flatMap((fixture) => {
      const digest = digestOf(fixture)
      return digest === null ? [] : [[fixture.name, digest] as const]
    })
    const now = { version: provider.translationVersion, cases: Object.fromEntries(digests.toSorted()) }

    test('counts its translations: raise translationVersion when a case translates to something else', () => {
      expect(digests.length).toBeGreaterThan(0)
      expect(now.version).toBeGreaterThanOrEqual(recorded.version)
      if (now.version === recorded.version) expect(changedCases(recorded, now)).toEqual([])
    })

    test('has its record beside the fixtures', () => {
      const isRaised = now.version > recorded.version || changedCases(recorded, now).length === 0
      if (isRaised && process.env['CI'] === undefined)
        writeFileSync(path, `${JSON.stringify(now, null, 2)}\n`)
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(now)
    })
  },
)
