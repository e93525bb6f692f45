import { expect, test } from 'vitest'
import { parseAccounts } from '../../../src/accounts.ts'
import { createMetrics } from '../../../src/lib/metrics.ts'
import { codeBlocks, firstColumn, readDoc, section } from './markdown.ts'
import { providers } from '../../../src/providers/registry.ts'

const page = readDoc('docs/operations.md')

const nothing = {
  pending: 0,
  oldestPendingSeconds: 0,
  reconciliations: [],
  openDiscrepancies: [],
  lastNotifications: [],
}

/** `name{label,label}` of every metric of our own, as /metrics declares them. */
async function exposedMetrics(): Promise<string[]> {
  const metrics = createMetrics(
    async () => nothing,
    (error) => {
      throw error
    },
  )
  const { text } = await metrics.expose()
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
  return names.filter((name) => !/^(process|nodejs)_/.test(name))
}

test('every metric is documented, and every documented metric exists', async () => {
  const documented = firstColumn(section(page, 'Metrics')).map((name) => name.replace(/\{.*\}$/, ''))
  expect(documented.toSorted()).toEqual((await exposedMetrics()).toSorted())
})

const [example = ''] = codeBlocks(section(page, 'Accounts'), 'json')

/** Production, with every secret the example names in place. */
const sources = {
  providers,
  production: true,
  environment: { HIPAY_SHOP_FR_PASSPHRASE: 'a', DALENYS_CARDS_KEY: 'b', DALENYS_AMEX_KEY: 'c' },
  readText: () => 'd',
}

test('the example of an accounts file is one that production takes', () => {
  expect(parseAccounts(example, sources).map(({ account }) => account)).toEqual(['shop-fr', 'shop-be'])
})

test('the table of keys has those of the example, and no other is known', () => {
  const documented = firstColumn(section(page, 'Accounts'))
  const entries = JSON.parse(example) as Record<string, unknown>[]
  expect(documented.toSorted()).toEqual([...new Set(entries.flatMap(Object.keys))].toSorted())
  const [first] = entries
  expect(() => parseAccounts(JSON.stringify([{ ...first, colour: 'red' }]), sources)).toThrow('colour')
})
