import { existsSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { readDoc, ROOT, section } from './markdown.ts'

/** docs/architecture.md walks one notification from the socket to the answer: every step names where it happens. */

interface Step {
  number: number
  file: string
  functions: string[]
}

const steps: Step[] = [
  ...section(readDoc('docs/architecture.md'), 'The walk of one notification').matchAll(
    /^\| (\d+) +\| \[[^\]]+\]\(\.\.\/([^)]+)\)((?:,? `\w+`)*) /gm,
  ),
].map(([, number = '', file = '', named = '']) => ({
  number: Number(number),
  file,
  functions: [...named.matchAll(/\w+/g)].map(([name]) => name),
}))

/** Names of all functions that a file declares, exported or not. */
function functionsOf(file: string): Set<string> {
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) && node.name) names.add(node.name.text)
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && isFunction(node.initializer))
      names.add(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readDoc(file), ts.ScriptTarget.Latest))
  return names
}

const isFunction = (value: ts.Expression | undefined): boolean =>
  value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value))

test('the walk has at most twelve steps, one after the other, and each names a file and a function', () => {
  expect(steps.length).toBeGreaterThan(8)
  expect(steps.length).toBeLessThanOrEqual(12)
  expect(steps.map(({ number }) => number)).toEqual(steps.map((_step, index) => index + 1))
  expect(steps.filter(({ functions }) => functions.length === 0)).toEqual([])
})

test('every file of the walk declares the functions that it names', () => {
  const missing = steps.filter(
    ({ file, functions }) =>
      !existsSync(join(ROOT, file)) || functions.some((name) => !functionsOf(file).has(name)),
  )
  expect(missing).toEqual([])
})
