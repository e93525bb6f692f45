import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What the tests of the documentation read out of Markdown. */

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Text of a file of the project. */
export const readDoc = (path: string): string => readFileSync(`${ROOT}/${path}`, 'utf8')

/** Every page a reader may land on, as paths from the project's root. */
export const PAGES: readonly string[] = globSync(['*.md', 'docs/**/*.md', 'src/**/*.md', 'test/**/*.md'], {
  cwd: ROOT,
}).sort()

/** Content of the fenced blocks in one language, in order. */
export function codeBlocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(/^( *)```(\S*)\n([\s\S]*?)^ *```$/gm)]
    .filter(([, , found]) => found === language)
    .map(([, indent = '', , code = '']) => code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))
}

/** The prose alone: what looks like a link or a heading inside code is neither. */
export const withoutCode = (markdown: string): string =>
  markdown.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').replaceAll(/`[^`\n]*`/g, '')

export interface Section {
  title: string
  text: string
}

/** Sections under the headings of one level (`##` is 2), each up to the next heading of that level. */
export function sections(markdown: string, level: number): Section[] {
  const heading = new RegExp(`^${'#'.repeat(level)} `, 'm')
  return markdown
    .split(heading)
    .slice(1)
    .map((part) => {
      const [title = '', ...lines] = part.split('\n')
      return { title: title.trim(), text: lines.join('\n') }
    })
}

/** The section of a page with this heading at any level; fails when there is none. */
export function section(markdown: string, title: string): string {
  const found = [2, 3].flatMap((level) => sections(markdown, level)).find((part) => part.title === title)
  if (!found) throw new Error(`no section is called ${title}`)
  return found.text
}

/** First cells of the tables in a text, without header rows and code marks. */
export function firstColumn(markdown: string): string[] {
  return [...markdown.matchAll(/^\| *`([^`]+)`/gm)].map(([, name = '']) => name)
}
