import { existsSync, globSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { PAGES, readDoc, ROOT, withoutCode } from './markdown.ts'

interface Link {
  page: string
  target: string
}

/** Relative links of a page; what has a scheme leads elsewhere and cannot be checked offline. */
function linksOf(page: string): Link[] {
  const targets = [...withoutCode(readDoc(page)).matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)].map(
    ([, target = '']) => target,
  )
  return targets.filter((target) => !/^[a-z]+:/i.test(target)).map((target) => ({ page, target }))
}

/** The anchors GitHub makes of headings: lower case, punctuation dropped, blanks to dashes, repetitions numbered. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>()
  const titles = [
    ...readDoc(page)
      .replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
      .matchAll(/^#{1,6} +(.+)$/gm),
  ]
  return new Set(
    titles.map(([, title = '']) => {
      const slug = title
        .trim()
        .toLowerCase()
        .replaceAll(/\]\([^)]*\)/g, '')
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-')
      const count = seen.get(slug) ?? 0
      seen.set(slug, count + 1)
      return count === 0 ? slug : `${slug}-${count}`
    }),
  )
}

function problemOf({ page, target }: Link): string | null {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), decodeURI(path)))
  if (file.startsWith('..') || !existsSync(join(ROOT, file))) return `${page}: ${target} does not exist`
  if (anchor === undefined) return null
  if (statSync(join(ROOT, file)).isDirectory()) return `${page}: ${target} is a folder and has no headings`
  return anchorsOf(file).has(anchor) ? null : `${page}: ${target} has no such heading`
}

test('every relative link leads to a file, and to a heading where it names one', () => {
  const problems = PAGES.flatMap(linksOf).flatMap((link) => problemOf(link) ?? [])
  expect(problems).toEqual([])
})

/** Files that name others which are made up: planted in a tree, or for the reader to write. */
const MADE_UP = [
  'docs/adding-a-provider.md',
  'test/integration/adding-a-provider.test.ts',
  'test/unit/architecture/miniature.ts',
  'test/unit/architecture/violations.ts',
  'test/unit/docs/claims.test.ts',
]

test('every file of the project that a page, a test or a comment names exists', () => {
  const code = globSync(['{src,test,deploy}/**/*.{ts,mts}', '*.{ts,mjs}', '.ci/run'], {
    cwd: ROOT,
    exclude: ['src/db/generated/**'],
  })
  const named = [...PAGES, ...code]
    .filter((file) => !MADE_UP.includes(file))
    .flatMap((file) =>
      [
        ...readDoc(file).matchAll(/(?<![\w./-])(?:src|test|docs|deploy)\/[\w./-]+\.(?:m?ts|mjs|md|json)\b/g),
      ].map(([path]) => ({ file, path })),
    )
  expect(named.length).toBeGreaterThan(300)
  expect(named.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([])
})

test('the pages a newcomer starts from are among those checked, and have links', () => {
  expect(PAGES).toContain('CONTRIBUTING.md')
  for (const page of ['README.md', 'docs/architecture.md', 'docs/operations.md', 'docs/failure-modes.md']) {
    expect(linksOf(page), page).not.toEqual([])
  }
})

test('every page in docs can be reached from the README', () => {
  const reached = new Set<string>()
  const visit = (page: string): void => {
    if (reached.has(page)) return
    reached.add(page)
    for (const { target } of linksOf(page)) {
      const file = relative(ROOT, join(ROOT, dirname(page), target.split('#')[0] ?? ''))
      if (file.endsWith('.md') && existsSync(join(ROOT, file))) visit(file)
    }
  }
  visit('README.md')
  expect(PAGES.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([])
})
