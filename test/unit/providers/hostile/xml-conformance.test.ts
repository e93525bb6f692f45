import { describe, expect, test } from 'vitest'
import { be2bill } from '../../../../src/providers/be2bill/index.ts'
import { hipay } from '../../../../src/providers/hipay/index.ts'
import { conformanceCases, type ConformanceCase } from '../../../support/xml-conformance.ts'
import { account as be2billAccount } from '../be2bill/account.ts'
import { accountWith, NOW, secret } from '../hipay/account.ts'

/** The W3C's documents as bodies that HiPay might have signed: 2,586, of which its catalogue has commented out one. */

const ACCOUNT = accountWith(secret())
const cases = conformanceCases()

/** Why a document is not read; null when it is. */
function refusalOf({ content }: ConformanceCase): string | null {
  const translation = hipay.translate({ content, receivedAt: NOW }, ACCOUNT)
  return translation.readable ? null : translation.detail
}

const idsOf = (some: readonly ConformanceCase[]): string[] => some.map(({ id }) => id).sort()

/** The editions before the fifth allowed fewer letters in names: to them alone these two are not well-formed. */
const ALLOWED_SINCE_THE_FIFTH_EDITION = ['rmt-016', 'rmt-019']

/** Two documents that have `<!DOCTYPE` where it is only text: in a comment, and in a CDATA section. */
const DOCTYPE_AS_TEXT = ['o-p15pass1', 'o-p18pass1']

describe('the XML test suite of the W3C', () => {
  test('is there, whole', () => {
    const count = (type: ConformanceCase['type']): number => cases.filter((one) => one.type === type).length
    expect({
      valid: count('valid'),
      invalid: count('invalid'),
      'not-wf': count('not-wf'),
      error: count('error'),
    }).toEqual({
      valid: 812,
      invalid: 242,
      'not-wf': 1498,
      error: 33,
    })
  })

  test('no document that is not well-formed is read', () => {
    const read = cases.filter((one) => one.type === 'not-wf' && refusalOf(one) === null)
    expect(idsOf(read)).toEqual(ALLOWED_SINCE_THE_FIFTH_EDITION)
    for (const { editions } of read) expect(editions).toEqual(['1', '2', '3', '4'])
  })

  test('no document with a document type is read', () => {
    const declaring = cases.filter(({ content }) =>
      textsOf(content).some((text) => text.includes('<!DOCTYPE')),
    )
    expect(declaring.length).toBeGreaterThan(2_000)
    expect(idsOf(declaring.filter((one) => refusalOf(one) === null))).toEqual(DOCTYPE_AS_TEXT)
  })

  test('what is well-formed is refused for what it carries, or read', () => {
    const wellFormed = cases.filter(({ type }) => type === 'valid' || type === 'invalid')
    const refusals = Map.groupBy(wellFormed, (one) => refusalOf(one))
    expect(idsOf(refusals.get('the XML is not well-formed') ?? [])).toEqual(
      idsOf(wellFormed.filter(({ namespaces, id }) => !namespaces && /^o-p0[45]pass1$/.test(id))),
    )
    expect(refusals.get(null)).toHaveLength(57)
    expect(refusals.get('the XML is of another version than 1.0')).toHaveLength(3)
    expect(new Set(refusals.keys())).toEqual(
      new Set([
        null,
        'the XML carries a document type or an instruction',
        'the XML is not well-formed',
        'the XML is of another version than 1.0',
        'the body is UTF-16; HiPay sends UTF-8',
      ]),
    )
  })

  test('none makes any reader stumble', () => {
    const receivedAt = NOW
    for (const { content, id } of cases) {
      const translations = [
        hipay.translate({ content, receivedAt }, ACCOUNT),
        hipay.translateResponse({ envelope: {}, content, receivedAt }, ACCOUNT),
        be2bill.translate({ content, receivedAt }, be2billAccount()),
        be2bill.translateResponse({ envelope: {}, content, receivedAt }, be2billAccount()),
      ]
      // What the adapter says of a failure of its own.
      expect(JSON.stringify(translations), id).not.toContain('could not be translated')
    }
  })
})

/** The document as text in each of the encodings that the suite uses. */
function textsOf(content: Buffer): string[] {
  const even = content.subarray(0, content.length - (content.length % 2))
  return [
    content.toString('latin1'),
    even.toString('utf16le'),
    Buffer.from(even).swap16().toString('utf16le'),
  ]
}
