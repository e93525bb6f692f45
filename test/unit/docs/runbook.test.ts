import { expect, test } from 'vitest'
import { RETRY_REASONS } from '../../../src/domain/orders/order-answers.ts'
import { DISCREPANCY_CLASSES } from '../../../src/domain/reconciliation/discrepancy-classes.ts'
import { STATUSES } from '../../../src/domain/reconciliation/transaction.ts'
import { readDoc, section, sections } from './markdown.ts'

const page = readDoc('docs/runbook.md')
const classes = sections(section(page, 'Discrepancy classes'), 3)

test('every class of discrepancy has an entry, in the order of the domain', () => {
  expect(classes.map(({ title }) => title)).toEqual([...DISCREPANCY_CLASSES])
})

test.each(classes)(
  '$title: says what it means, what to check, how it closes and what money hangs on it',
  ({ text }) => {
    const labels = [...text.matchAll(/^- \*\*([^*]+)\*\* \S/gm)].map(([, label]) => label)
    expect(labels).toEqual(['Means', 'Check', 'Closes', 'Money'])
  },
)

test('every reason of an order’s answer about a retry is explained', () => {
  const named = [...section(page, 'Why a retry is not safe').matchAll(/^\|((?: `[^`]+`)+) *\|/gm)].flatMap(
    ([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, reason]) => reason),
  )
  const byStatus = STATUSES.map((status) => `transaction_${status}`)
  const reasons = RETRY_REASONS.filter((reason) => !byStatus.includes(reason))
  expect(named.toSorted()).toEqual([...reasons, 'transaction_<status>'].toSorted())
})
