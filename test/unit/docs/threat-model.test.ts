import { describe, expect, it } from 'vitest'
import { readDoc, sections } from './markdown.ts'

const steps = sections(readDoc('docs/threat-model.md'), 2).filter(({ title }) => /^\d /.test(title))
const threats = steps.flatMap(({ title, text }) =>
  [...text.matchAll(/^\| ([STRIDE]) +\| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(
    ([, letter, threat, against, tests]) => ({
      where: `${title}: ${threat!.trim()}`,
      letter,
      against: against!.trim(),
      tests: [...tests!.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
    }),
  ),
)

describe('the threat model', () => {
  it('looks at each step of the flow, and with every letter of STRIDE', () => {
    expect(steps).toHaveLength(6)
    expect(new Set(threats.map(({ letter }) => letter))).toEqual(new Set('STRIDE'))
    const rows = steps.flatMap(({ text }) => text.match(/^\| [A-Z] /gm) ?? [])
    expect(threats).toHaveLength(rows.length)
  })

  it('names each threat once', () => {
    expect(new Set(threats.map(({ where }) => where)).size).toBe(threats.length)
  })

  it.each(threats)('$where has an answer, and a test', ({ against, tests }) => {
    expect(against).not.toBe('')
    expect(tests).not.toEqual([])
    // That it exists is looked at with all pages.
    for (const path of tests) expect(path).toMatch(/^test\/.*\.test\.ts$/)
  })
})
