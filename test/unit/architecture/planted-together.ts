import { readArchitecture, type ArchitectureReport } from '../../support/architecture.ts'
import { miniature, plant, withTree, type Tree } from './miniature.ts'

/** Lines that break one rule, by the files in front of which they stand. */
export interface Planted {
  rule: string
  lines: Tree
}

/** Who reads a tree has every rule examined first, which takes longest: so one tree holds many violations, of different rules and files. */
const TOGETHER_MAX = 4

export function batchesOf(all: readonly Planted[]): Planted[][] {
  const batches: Planted[][] = []
  for (const planted of all) {
    const batch = batches.find((others) => fits(others, planted))
    if (batch) batch.push(planted)
    else batches.push([planted])
  }
  return batches
}

const fits = (others: readonly Planted[], { rule, lines }: Planted): boolean =>
  others.length < TOGETHER_MAX &&
  others.every((other) => other.rule !== rule && Object.keys(lines).every((path) => !(path in other.lines)))

export const readTogether = async (batch: readonly Planted[]): Promise<ArchitectureReport> =>
  withTree(
    batch.reduce((tree, { lines }) => plant(tree, lines), miniature),
    readArchitecture,
  )

/** True when the files of one planted violation break its rule and no other, and no rule is broken of which the batch has no violation. */
export function isToldApart(
  { rule, lines }: Planted,
  batch: readonly Planted[],
  { violations }: ArchitectureReport,
): boolean {
  const own = violations.filter(({ from }) => from in lines)
  const isExpected = (found: string): boolean => batch.some((planted) => planted.rule === found)
  return (
    own.length > 0 &&
    own.every((violation) => violation.rule === rule) &&
    violations.every((violation) => isExpected(violation.rule))
  )
}
