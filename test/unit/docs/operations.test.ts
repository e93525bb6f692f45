import { expect, test } from 'vitest'
import { parseAccounts } from '../../../src/config/accounts.ts'
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'
import type { GaugeSource } from '../../../src/telemetry/database-gauges.ts'
import { accountWith, secret } from '../providers/hipay/account.ts'
import { NO_FIGURES } from '../../support/services.ts'
import { codeBlocks, firstColumn, readDoc, section } from './markdown.ts'
import { providers } from '../../../src/providers/registry.ts'

const page = readDoc('docs/operations.md')

const shop = { provider: 'hipay', account: 'shop' }
const account = {
  ...accountWith(secret({ notAfter: new Date('2027-01-01T00:00:00Z') })),
  account: 'shop',
  silence: { dayMs: 60_000, nightMs: 60_000, timezone: 'UTC' },
}

const source: GaugeSource = {
  pending: 1,
  oldestPendingAt: null,
  oldestSnapshotAt: null,
  transactions: [],
  openDiscrepancies: [],
  lastNotifications: [],
  configuredAccounts: [{ ...shop, since: new Date('2026-04-01T00:00:00Z') }],
  chores: [],
}

/** What is not known from the start: its labels show with its samples only. */
function countTheRest(metrics: Metrics): void {
  metrics.unrecognized.inc({ provider: 'hipay', code: '999' })
  metrics.requests.inc({ method: 'GET', route: '/v1', status: '2xx' })
  metrics.requestDuration.observe({ method: 'GET', route: '/v1' }, 1)
  metrics.replayed.inc({ outcome: 'replayed' })
}

/** `name{label,label}` of every metric of our own, as /metrics shows them. */
async function exposedMetrics(): Promise<string[]> {
  const metrics = createMetrics({
    ...NO_FIGURES,
    readGauges: async () => source,
    accounts: () => [account],
    tasks: [{ name: 'purge_bodies', intervalMs: 60_000 }],
  })
  countTheRest(metrics)
  const { text } = await metrics.expose()
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
  return names.filter((name) => !/^(process|nodejs)_/.test(name)).map((name) => withLabels(name, text))
}

function withLabels(name: string, text: string): string {
  const [, sample] = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? `, 'm').exec(text) ?? []
  const labels = [...(sample ?? '').matchAll(/(\w+)="/g)].map(([, label = '']) => label)
  return labels.length === 0 ? name : `${name}{${labels.join()}}`
}

test('every metric is documented with its labels, and every documented metric exists', async () => {
  expect(firstColumn(section(page, 'Metrics')).toSorted()).toEqual((await exposedMetrics()).toSorted())
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
