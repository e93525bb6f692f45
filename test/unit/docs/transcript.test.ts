import { expect, test } from 'vitest'
import { scenarios } from '../../../src/demo/scenarios.ts'
import { codeBlocks, readDoc } from './markdown.ts'

/** The demo's table in the README was pasted; this keeps it from telling what the demo does not show any more. */

const COLUMNS = [
  'scenario',
  'transaction',
  'status',
  'reconciliation',
  'discrepancies',
  'expected/got',
] as const
type Row = Record<(typeof COLUMNS)[number], string>

function rowsOf(table: string): Row[] {
  const [header = '', ...lines] = table.split('\n')
  const starts = COLUMNS.map((column) => header.indexOf(column))
  const cells = (line: string): Row =>
    Object.fromEntries(
      COLUMNS.map((column, index) => [column, line.slice(starts[index], starts[index + 1]).trim()]),
    ) as Row
  const rows = lines.slice(1, lines.lastIndexOf(lines[0] ?? '')).map(cells)
  // A scenario with several transactions says its name once.
  let scenario = ''
  return rows.map((row) => ({ ...row, scenario: (scenario = row.scenario || scenario) }))
}

const table = codeBlocks(readDoc('README.md'), 'text').find((block) => block.startsWith('scenario ')) ?? ''
const rows = rowsOf(table)

test('the table shows what each of its scenarios expects', () => {
  const shown = Object.groupBy(rows, ({ scenario }) => scenario)
  for (const [name, lines = []] of Object.entries(shown)) {
    const expected = scenarios.find((scenario) => scenario.name === name)?.expect
    const known = expected?.transactions.map(({ reference, status, reconciliation }) => ({
      transaction: reference,
      status,
      reconciliation,
    }))
    const unknown = expected?.unknown?.map((transaction) => ({
      transaction,
      status: 'unknown',
      reconciliation: '-',
    }))
    const none =
      known?.length === 0 && unknown === undefined
        ? [{ transaction: 'none', status: '-', reconciliation: '-' }]
        : []
    const told = lines.map(({ transaction, status, reconciliation }) => ({
      transaction,
      status,
      reconciliation,
    }))
    expect(told, name).toEqual([...(known ?? []), ...(unknown ?? []), ...none])
  }
})

test('it shows both witnesses meeting, and nothing that came out wrong', () => {
  expect(rows.length).toBeGreaterThan(10)
  expect(rows.map((row) => row.reconciliation)).toContain('matched')
  expect(new Set(rows.map((row) => row['expected/got']))).toEqual(new Set(['same']))
})
