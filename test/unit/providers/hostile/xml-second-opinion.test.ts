import fc from 'fast-check'
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { UnreadablePayload } from '../../../../src/providers/hipay/unreadable.ts'
import { readWellFormed } from '../../../../src/providers/hipay/well-formed-xml.ts'
import { BODY_LIMIT, HOSTILE_BODIES } from '../../../support/hostile-bodies.ts'
import { rounds, ROUNDS_TIMEOUT } from '../../../support/property-rounds.ts'
import { readWithSaxes } from '../../../support/xml-by-saxes.ts'
import { conformanceCases } from '../../../support/xml-conformance.ts'
import { xmlDocument } from '../../../support/xml-documents.ts'
import { damaged } from './mutations.ts'

/** Of every document the product's reader and saxes say the same, or the product refuses it: for one of a few reasons. */

const RUNS = 3000

/**
 * Documents that saxes reads and the product refuses. HiPay writes none of these; a document that is refused is kept, and
 * parked for the operator.
 */
const REFUSED_HERE: readonly [why: string, pattern: RegExp, example: string][] = [
  [
    'XML 1.1 and later have other line ends and other characters',
    /^<\?xml[^>]*\sversion\s*=\s*["']1\.(?!0["'])/,
    '<?xml version="1.1"?><n>1</n>',
  ],
  [
    'XML forbids "<" in attributes; saxes counts it as one wrong character',
    /=\s*(?:"[^"]*<|'[^']*<)/,
    '<n a="<">1</n>',
  ],
  [
    'where a reference ends that is no number cannot be known; saxes looks for its end beyond the element',
    /&#(?!\d+;|x[\dA-Fa-f]+;)/,
    '<n>&#X41;<a>&#</a>;</a></n>',
  ],
  [
    'a reference in the name of a namespace could spell a reserved one; nothing else asks for these names',
    /xmlns[^<>]*=\s*(?:"[^"]*&|'[^']*&)/,
    '<n xmlns="&#117;">1</n>',
  ],
  [
    'fast-xml-parser ends a name at these two letters, which are blanks to JavaScript',
    /[\u1680\ufeff]/,
    '<n><a\ufeff>1</a\ufeff></n>',
  ],
]

type Reader = typeof readWellFormed

/** What a reader says of a document, in pieces; a text is one piece whatever comments stand in it. Null: it refuses. */
function toldBy(read: Reader, document: string): readonly unknown[] | null {
  const pieces: [kind: string, text: string][] = []
  const add = (kind: string) => (text: string) => void pieces.push([kind, text])
  try {
    const { flawed } = read(document, {
      open: add('open'),
      literal: add('literal'),
      close: () => void pieces.push(['close', '']),
      text: (text) => {
        const last = pieces.at(-1)
        if (last?.[0] === 'text') last[1] += text
        else add('text')(text)
      },
    })
    return [...pieces, ['flawed', String(flawed)]]
  } catch (error) {
    if (error instanceof UnreadablePayload) return null
    throw error
  }
}

/** True when both read the document. */
function expectAgreement(content: Buffer): boolean {
  const document = content.toString()
  const here = toldBy(readWellFormed, document)
  const there = toldBy(readWithSaxes, document)
  if (here !== null) expect(here, document).toEqual(there)
  else if (there !== null) expect(reasonsOf(document), document).not.toEqual([])
  return here !== null
}

const reasonsOf = (document: string): string[] =>
  REFUSED_HERE.filter(([, pattern]) => pattern.test(document)).map(([why]) => why)

const fixtures = globSync(new URL('../../../fixtures/hipay/*/body.xml', import.meta.url).pathname).map(
  (path) => readFileSync(path),
)
/** A byte order mark at the start is no part of the document. */
const cases = conformanceCases().filter(({ content }) => !content.toString().startsWith('\ufeff'))

describe('saxes and the product’s reader', () => {
  test('agree about every XML fixture', () => {
    expect(fixtures.filter(expectAgreement).length).toBeGreaterThan(50)
  })

  test('agree about the documents of the W3C', () => {
    expect(cases.filter(({ content }) => expectAgreement(content))).toHaveLength(77)
  })

  test.each(Object.entries(HOSTILE_BODIES))('agree about a small body of "%s"', (_what, bodyOf) => {
    expectAgreement(Buffer.from(bodyOf(2_000), 'latin1'))
  })

  test.each(Object.entries(HOSTILE_BODIES).filter(([what]) => what.startsWith('xml')))(
    'agree about the largest body of "%s"',
    (_what, bodyOf) => {
      expectAgreement(Buffer.from(bodyOf(BODY_LIMIT), 'latin1'))
    },
  )

  test('agree about documents at random, of which many are read', { timeout: ROUNDS_TIMEOUT }, () => {
    let read = 0
    let tried = 0
    fc.assert(
      fc.property(xmlDocument, (document) => {
        tried += 1
        if (expectAgreement(Buffer.from(document))) read += 1
      }),
      rounds(RUNS),
    )
    expect(read).toBeGreaterThan(tried / 3)
    expect(read).toBeLessThan(tried * 0.9)
  })

  test('agree about damaged documents', { timeout: ROUNDS_TIMEOUT }, () => {
    const small = cases.map(({ content }) => content).filter(({ length }) => length < 3_000)
    const bodies = [...fixtures, ...small.filter((content) => !content.includes('<!DOCTYPE'))]
    fc.assert(fc.property(damaged(bodies, 4), expectAgreementOf), rounds(RUNS))
    const random = xmlDocument.chain((document) => damaged([Buffer.from(document)], 2))
    fc.assert(fc.property(random, expectAgreementOf), rounds(RUNS))
  })
})

/** A property that returns false has failed. */
function expectAgreementOf(content: Buffer): void {
  if (!content.toString().startsWith('\ufeff')) expectAgreement(content)
}

describe('saxes reads, and the product refuses', () => {
  test.each(REFUSED_HERE)('%s', (why, _pattern, example) => {
    expect(toldBy(readWithSaxes, example)).not.toBeNull()
    expect(toldBy(readWellFormed, example)).toBeNull()
    expect(reasonsOf(example)).toEqual([why])
  })

  test('of the W3C three well-formed documents, all of XML 1.1, and nine others', () => {
    const refused = cases.filter(({ content }) => {
      const document = content.toString()
      return toldBy(readWithSaxes, document) !== null && toldBy(readWellFormed, document) === null
    })
    const [otherVersions, less, references] = REFUSED_HERE.map(([why]) => why)
    expect(Object.fromEntries(refused.map(({ id, content }) => [id, reasonsOf(content.toString())]))).toEqual(
      {
        'rmt-015': [otherVersions],
        'rmt-017': [otherVersions],
        'rmt-018': [otherVersions],
        'rmt-056': [otherVersions],
        'rmt-057': [otherVersions],
        'not-wf-sa-014': [less],
        'o-p10fail1': [less],
        'not-wf-sa-009': [references],
        'not-wf-sa-093': [references],
        'o-p66fail2': [references],
        'o-p66fail3': [references],
        'o-p66fail4': [references],
      },
    )
  })
})
