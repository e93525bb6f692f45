import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../../../src/lib/errors.ts'
import { readOptions } from '../../bench/options.ts'
import { PAGES, readDoc, ROOT, sections } from './markdown.ts'
import { titlesOf } from './titles.ts'

/**
 * docs/claims.md lists what the pages promise, section by section, with what proves it. Here it is compared with the pages and
 * with the tests: a section without a claim, a claim that its section does not make (any more) and a proof that is not there
 * each fail.
 */

/** Pages without claims of their own in the list, and what speaks for them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'docs/transaction-lifecycle.md': 'test/unit/domain/rule-ids.test.ts',
  'docs/adding-a-provider.md': 'test/integration/adding-a-provider.test.ts',
  'docs/claims.md': 'test/unit/docs/claims.test.ts',
}

const BEGINNING = 'The beginning'
const PROMISES_NOTHING = /^Promises nothing: \S/m
const MARKS =
  /\b(planned|unproven|by hand|not proven|no check|no command|taken again|not known|not mutated)\b/i

interface Claim {
  where: string
  quote: string
  proofs: string[]
}

interface Listed {
  page: string
  title: string
  promisesNothing: boolean
  claims: Claim[]
}

const listed: Listed[] = sections(readDoc('docs/claims.md'), 2).flatMap(({ title: page, text }) =>
  sections(text, 3).map((section) => ({
    page,
    title: section.title,
    promisesNothing: PROMISES_NOTHING.test(section.text),
    claims: section.text
      .split(/^- /m)
      .slice(1)
      .map((item) => claimOf(`${page}, ${section.title}`, item)),
  })),
)
const claims = listed.flatMap((section) => section.claims)

function claimOf(where: string, item: string): Claim {
  const [quote = '', ...proofs] = item.split(/^ {2}- /m)
  return { where, quote: quote.trim(), proofs: proofs.map((proof) => proof.replaceAll(/\s+/g, ' ').trim()) }
}

/** Text as a reader sees it: without marks of Markdown, and in one line. */
const plain = (text: string): string =>
  text
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[*_`\\]/g, '')
    .replaceAll(/\s+/g, ' ')

/** Every section of a page, and what stands before the first one; an error code has its own test. */
function sectionsOf(page: string): { title: string; text: string }[] {
  const [beginning = ''] = readDoc(page).split(/^## /m)
  return [{ title: BEGINNING, text: beginning }, ...sections(readDoc(page), 2)].filter(
    ({ title }) => !(title in ERROR_CODES),
  )
}

/** Why a proof is none; undefined where it is one. */
function faultOf(proof: string, quote: string): string | undefined {
  const [, file, title] = /^`(test\/[\w/.-]+\.test\.ts)`: (.+)$/.exec(proof) ?? []
  if (file !== undefined && title !== undefined) {
    if (!existsSync(join(ROOT, file))) return 'there is no such file'
    return titlesOf(file).some((one) => plain(one) === plain(title)) ? undefined : 'no test has this title'
  }
  const [, command] = /^`npm run ([^`]+)`$/.exec(proof) ?? []
  if (command !== undefined) return faultOfCommand(command)
  if (/^(?:planned|unproven): \S/.test(proof))
    return MARKS.test(quote) ? undefined : 'the page does not mark what it says so'
  return 'neither a test, nor a command, nor planned or unproven'
}

const { scripts } = JSON.parse(readDoc('package.json')) as { scripts: Record<string, string> }

function faultOfCommand(command: string): string | undefined {
  const [script = '', options] = command.split(' -- ')
  if (!(script in scripts)) return 'there is no such script'
  if (script === 'bench' && options !== undefined) readOptions(options.split(' '))
  return undefined
}

describe('docs/claims.md', () => {
  test('has every page, or something else speaks for it', () => {
    const pages = PAGES.filter((page) => /^(?:docs\/)?(?!CHANGELOG)[\w-]+\.md$/.test(page))
    const walked = [...new Set(listed.map(({ page }) => page))]
    expect([...walked, ...Object.keys(ELSEWHERE)].toSorted()).toEqual(pages.toSorted())
    expect(walked).toHaveLength(9)
    for (const file of Object.values(ELSEWHERE)) expect(existsSync(join(ROOT, file)), file).toBe(true)
  })

  test.each([...new Set(listed.map(({ page }) => page))])('has the sections of %s, in order', (page) => {
    const titles = listed.filter((section) => section.page === page).map(({ title }) => title)
    expect(titles).toEqual(sectionsOf(page).map(({ title }) => title))
  })

  test.each(listed)('$page, $title: promises something, or says why not', (section) => {
    expect(section.claims.length === 0).toBe(section.promisesNothing)
    const text = plain(sectionsOf(section.page).find(({ title }) => title === section.title)?.text ?? '')
    // Long enough to be found in one place.
    for (const { quote } of section.claims) expect(quote.length, quote).toBeGreaterThan(15)
    expect(section.claims.map(({ quote }) => quote).filter((quote) => !text.includes(plain(quote)))).toEqual(
      [],
    )
  })

  test.each(claims)('$where: $quote', ({ quote, proofs }) => {
    expect(proofs).not.toEqual([])
    const faults = proofs.flatMap((proof) => {
      const fault = faultOf(proof, quote)
      return fault === undefined ? [] : [`${proof}: ${fault}`]
    })
    expect(faults).toEqual([])
  })

  test('tells a false proof from a true one', () => {
    const quote = 'the bench, by hand'
    expect(
      faultOf('`test/unit/docs/claims.test.ts`: tells a false proof from a true one', quote),
    ).toBeUndefined()
    expect(faultOf('`npm run bench -- --only accept`', quote)).toBeUndefined()
    expect(faultOf('unproven: no run measured it', quote)).toBeUndefined()
    for (const proof of [
      '`test/unit/docs/claims.test.ts`: tells everything',
      '`test/unit/docs/claims.test.ts`',
      '`test/unit/docs/nowhere.test.ts`: tells a false proof from a true one',
      '`npm run measure`',
      'look and see',
      'planned:',
    ])
      expect(faultOf(proof, quote), proof).toEqual(expect.any(String))
    expect(faultOf('unproven: no run measured it', 'the bench is fast')).toEqual(expect.any(String))
  })
})

test('every error code of failure-modes.md is met by a test', () => {
  const files = globSync(['test/{unit,integration,e2e,faults}/**/*.ts'], { cwd: ROOT })
  const texts = files.map(readDoc)
  expect(texts.length).toBeGreaterThan(50)
  const met = (code: string): boolean => texts.some((text) => text.includes(`'${code}'`))
  expect(Object.keys(ERROR_CODES).filter((code) => !met(code))).toEqual([])
})
