import ts from 'typescript'
import { readDoc } from './markdown.ts'

/** Titles of the tests of a file that run by default: what is skipped, still to do or left to a condition proves nothing. */
export function titlesOf(file: string): string[] {
  const titles: string[] = []
  const visit = (node: ts.Node): void => {
    const [title] = ts.isCallExpression(node) ? node.arguments : []
    if (title && ts.isStringLiteralLike(title) && isTest((node as ts.CallExpression).expression))
      titles.push(title.text)
    if (!(ts.isCallExpression(node) && isConditional(node.expression))) ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readDoc(file), ts.ScriptTarget.Latest))
  return titles
}

/** `test`, `it`, and what they make with `each`. */
const isTest = (callee: ts.Expression): boolean =>
  ['test', 'it'].includes(namesIn(callee)[0] ?? '') && !isConditional(callee)

const CONDITIONS = ['skip', 'todo', 'skipIf', 'runIf', 'fails']
const isConditional = (callee: ts.Expression): boolean =>
  namesIn(callee).some((name) => CONDITIONS.includes(name))

/** `['it', 'each']` of `it.each([…])`; nothing of what is no call of a chain of names. */
function namesIn(callee: ts.Expression): string[] {
  if (ts.isIdentifier(callee)) return [callee.text]
  if (ts.isPropertyAccessExpression(callee)) return [...namesIn(callee.expression), callee.name.text]
  if (ts.isCallExpression(callee)) return namesIn(callee.expression)
  return []
}
