import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

/** The normative page and its tests name each other's rules: neither may have one that the other does not know. */

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/transaction-lifecycle.md'), 'utf8')

/** Section letter → rule ids and the test files that the section names. */
function sectionsOf(page: string): Map<string, { rules: string[]; files: string[] }> {
  const sections = new Map<string, { rules: string[]; files: string[] }>()
  for (const section of page.split(/^## /m)) {
    const letter = /^([A-Z])\. /.exec(section)?.[1]
    if (letter === undefined) continue
    const rules = [...section.matchAll(/^- \*\*([A-Z]-\d+)\*\*/gm)].map(([, id]) => id!)
    const files = [...section.matchAll(/`([a-z-]+\.test\.ts)`/g)].map(([, file]) => file!)
    sections.set(letter, { rules, files })
  }
  return sections
}

function idsTestedIn(file: string): string[] {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8')
  return [...text.matchAll(/\btest(?:\.each\([\s\S]*?\))?\(\s*'([A-Z]-\d+) /g)].map(([, id]) => id!)
}

const sections = sectionsOf(PAGE)

describe('docs/transaction-lifecycle.md', () => {
  test('ids are numbered without gaps under their own letter', () => {
    expect(sections.size).toBe(12)
    for (const [letter, { rules }] of sections) {
      expect(rules).toEqual(rules.map((_, index) => `${letter}-${index + 1}`))
      expect(rules).not.toEqual([])
    }
  })

  test.each([...sections])(
    'every rule of section %s is tested in a file that the section names',
    (_letter, { rules, files }) => {
      const tested = new Set(files.flatMap(idsTestedIn))
      expect(rules.filter((rule) => !tested.has(rule))).toEqual([])
    },
  )

  test('every test names a rule of the page', () => {
    const known = new Set([...sections.values()].flatMap(({ rules }) => rules))
    const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'))
    const strangers = files.flatMap(idsTestedIn).filter((id) => !known.has(id))
    expect(strangers).toEqual([])
    const nameless = files
      .filter((file) => file !== 'rule-ids.test.ts')
      .flatMap((file) => [
        ...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(/\btest\(\s*'(?![A-Z]-\d+ )[^']*/g),
      ])
    expect(nameless.map(([text]) => text)).toEqual([])
  })

  test('the page can be read in one sitting', () => {
    expect(PAGE.split('\n').length).toBeLessThan(340)
  })
})
