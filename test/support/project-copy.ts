import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A copy of the project in which a test may do what a contributor would do. */

export const PROJECT = fileURLToPath(new URL('../../', import.meta.url))

/** What it takes to check, test and run the service; the packages are the project's own. */
const COPIED = [
  ...['src', 'prisma', 'package.json', 'tsconfig.json', 'vitest.config.ts', '.dependency-cruiser.mjs'],
  ...[
    'test/support/fixture-cases.ts',
    'test/support/identifiers.ts',
    'test/support/named-fields.ts',
    'test/unit/providers/fixtures.test.ts',
    'test/fixtures',
  ],
]

/** Make one below the system's temporary directory; answers its path. The caller removes it. */
export function copyProject(): string {
  const root = mkdtempSync(join(tmpdir(), 'project-copy-'))
  for (const path of COPIED) cpSync(join(PROJECT, path), join(root, path), { recursive: true })
  symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'))
  return root
}

/** Every file of the copy with its content, the packages apart. */
export function contentsOf(root: string): ReadonlyMap<string, string> {
  const files = readdirSync(root, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(root, entry.name)) : [join(root, entry.name)]))
  return new Map(files.map((file) => [relative(root, file), readFileSync(file, 'latin1')]))
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** A fenced block whose opening line says which file it is: the language, then the path. */
interface FileBlock {
  language: string
  path: string
  text: string
}

/** Carry out what the blocks of a page say: write files, and change those that a `diff` block shows. */
export function applyBlocks(root: string, markdown: string): void {
  for (const { language, path, text } of fileBlocks(markdown)) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    if (language === 'diff') writeFileSync(file, patched(readFileSync(file, 'utf8'), text))
    else writeFileSync(file, language === 'text' ? text.trimEnd() : text)
  }
}

export function fileBlocks(markdown: string): FileBlock[] {
  return [...markdown.matchAll(/^```(\w+) (\S+)\n([^]*?)^```$/gm)].map(
    ([, language = '', path = '', text = '']) => ({ language, path, text }),
  )
}

/** A line to remove gives its place to the lines that follow it; lines added before any go to the top. */
function patched(text: string, diff: string): string {
  const [top = '', ...replacements] = diff.split(/^- /m)
  return replacements.reduce(
    (before, replacement) => {
      const [removed = '', ...added] = replacement.split('\n')
      if (!before.includes(`${removed}\n`)) throw new Error(`the file has no line ${removed}`)
      return before.replace(removed, () => additions(added.join('\n')).trimEnd())
    },
    additions(top) + text,
  )
}

const additions = (lines: string): string => lines.replaceAll(/^\+ /gm, '')
