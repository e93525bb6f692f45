import { expect, test } from 'vitest'
import { parseAccounts } from '../../../src/config/accounts.ts'
import { createMetrics, type GaugeSource, type Metrics } from '../../../src/telemetry/metrics.ts'
import { SILENT } from '../../support/services.ts'
import { codeBlocks, firstColumn, readDoc, section } from './markdown.ts'
import { providers } from '../../../src/providers/registry.ts'

const page = readDoc('docs/operations.md')

const source: GaugeSource = {
  pending: 1,
  oldestPendingSeconds: 1,
  oldestSnapshotSeconds: 1,
  reconciliations: [{ provider: 'hipay', account: 'shop', reconciliation: 'matched', count: 1 }],
  openDiscrepancies: [{ class: 'missing_step', currency: 'EUR', count: 1, amount: 1 }],
  lastNotifications: [{ provider: 'hipay', account: 'shop', secondsAgo: 1 }],
}

/** Everything that a metric counts, once: its labels show with its samples only. */
function countEverything(metrics: Metrics): void {
  metrics.notifications.inc({ provider: 'hipay', account: 'shop', outcome: 'stored' })
  metrics.quarantined.inc({ reason: 'signature_missing' })
  metrics.evidenceDropped.inc({ reason: 'full' })
  metrics.examined.inc({ outcome: 'verified' })
  metrics.unrecognized.inc({ provider: 'hipay', code: '999' })
  metrics.processed.inc({ state: 'processed' })
  metrics.postponed.inc({ reason: 'held_up' })
  metrics.threadEnded.inc({})
  metrics.deadlines.inc({ outcome: 'judged' })
  metrics.maintenanceRows.inc({ chore: 'purge_bodies' })
  metrics.maintenanceFailed.inc({ chore: 'purge_bodies' })
}

/** `name{label,label}` of every metric of our own, as /metrics shows them. */
async function exposedMetrics(): Promise<string[]> {
  const metrics = createMetrics(async () => source, SILENT)
  countEverything(metrics)
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
