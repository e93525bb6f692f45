import { describe, expect, it } from 'vitest'
import { createMetrics, type GaugeSource } from '../../../src/telemetry/metrics.ts'
import { recordLog } from '../../support/recorded-log.ts'

const empty: GaugeSource = {
  pending: 0,
  oldestPendingSeconds: 0,
  oldestSnapshotSeconds: 0,
  reconciliations: [],
  openDiscrepancies: [],
  lastNotifications: [],
}

function metricsOf(read: () => Promise<GaugeSource>) {
  const log = recordLog()
  const metrics = createMetrics(read, log.logger)
  return { metrics, warnings: log.lines, lines: async () => (await metrics.expose()).text.split('\n') }
}

const shop = { provider: 'hipay', account: 'shop' }

describe('metrics', () => {
  it('count what they are told, by label', async () => {
    const { metrics, lines } = metricsOf(async () => empty)
    metrics.notifications.inc({ ...shop, outcome: 'stored' })
    metrics.notifications.inc({ ...shop, outcome: 'stored' })
    metrics.notifications.inc({ ...shop, outcome: 'duplicate' })
    metrics.quarantined.inc({ reason: 'signature_mismatch' })
    metrics.unrecognized.inc({ provider: 'hipay', code: '188' })
    metrics.processed.inc({ state: 'parked' })
    metrics.lag.observe(0.02)
    metrics.acknowledge.observe(0.004)
    metrics.configurationRejected.inc({})
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'notifications_total{provider="hipay",account="shop",outcome="stored"} 2',
        'notifications_total{provider="hipay",account="shop",outcome="duplicate"} 1',
        'quarantined_total{reason="signature_mismatch"} 1',
        'unrecognized_total{provider="hipay",code="188"} 1',
        'messages_processed_total{state="parked"} 1',
        'configuration_rejected_total 1',
        'acknowledge_seconds_bucket{le="0.002"} 0',
        'acknowledge_seconds_bucket{le="0.005"} 1',
        'acknowledge_seconds_count 1',
        'processing_lag_seconds_bucket{le="0.01"} 0',
        'processing_lag_seconds_bucket{le="0.02"} 1',
      ]),
    )
  })

  it('count codes beyond the two hundredth, and what is no code, as other', async () => {
    const { metrics, lines } = metricsOf(async () => empty)
    const told = async (): Promise<string[]> =>
      (await lines()).filter((line) => line.startsWith('unrecognized_total{'))
    metrics.unrecognized.inc({ provider: 'hipay', code: '4111111111111111' })
    metrics.unrecognized.inc({ provider: 'hipay', code: 'a"} 1\nforged_total 9' })
    expect(await told()).toEqual(['unrecognized_total{provider="hipay",code="other"} 2'])
    for (let code = 1_000; code < 1_300; code += 1)
      metrics.unrecognized.inc({ provider: 'be2bill', code: String(code) })
    expect(await told()).toHaveLength(202)
    expect(await told()).toContain('unrecognized_total{provider="be2bill",code="1199"} 1')
    expect(await told()).toContain('unrecognized_total{provider="be2bill",code="other"} 100')
    metrics.unrecognized.inc({ provider: 'be2bill', code: '1000' })
    expect(await told()).toContain('unrecognized_total{provider="be2bill",code="1000"} 2')
  })

  it('show the gauges as they are now, without what is gone', async () => {
    let source: GaugeSource = {
      pending: 3,
      oldestPendingSeconds: 1.5,
      oldestSnapshotSeconds: 90,
      reconciliations: [{ ...shop, reconciliation: 'matched', count: 4 }],
      openDiscrepancies: [
        { class: 'amount_mismatch', currency: 'EUR', count: 1, amount: 100 },
        { class: 'amount_mismatch', currency: 'USD', count: 2, amount: 50 },
        { class: 'invalid_amount', currency: null, count: 1, amount: 0 },
      ],
      lastNotifications: [{ ...shop, secondsAgo: 12 }],
    }
    const { lines } = metricsOf(async () => source)
    for (let scrape = 0; scrape < 2; scrape += 1) {
      expect(await lines()).toEqual(
        expect.arrayContaining([
          'inbox_pending 3',
          'inbox_oldest_pending_seconds 1.5',
          'receiver_oldest_snapshot_seconds 90',
          'transactions_reconciliation{provider="hipay",account="shop",reconciliation="matched"} 4',
          'open_discrepancies{class="amount_mismatch"} 3',
          'open_discrepancy_amount{class="amount_mismatch",currency="EUR"} 100',
          'open_discrepancy_amount{class="amount_mismatch",currency="USD"} 50',
          'open_discrepancy_amount{class="invalid_amount",currency=""} 0',
          'last_notification_seconds{provider="hipay",account="shop"} 12',
        ]),
      )
    }
    source = empty
    expect((await lines()).filter((line) => /^(open_|transactions_|last_)/.test(line))).toEqual([])
    expect(await lines()).toContain('inbox_pending 0')
  })

  it('are read once for all who ask at the same instant, and not added up', async () => {
    let readings = 0
    const { lines } = metricsOf(async () => {
      readings += 1
      return {
        ...empty,
        openDiscrepancies: [{ class: 'amount_mismatch', currency: 'EUR', count: 1, amount: 100 }],
      }
    })
    const answers = await Promise.all([lines(), lines(), lines()])
    expect(readings).toBe(1)
    for (const answer of answers) expect(answer).toContain('open_discrepancies{class="amount_mismatch"} 1')
  })

  it('keep exposing the process while the database is away', async () => {
    const { warnings, lines } = metricsOf(async () => Promise.reject(new Error('away')))
    expect((await lines()).some((line) => line.startsWith('process_cpu_seconds_total'))).toBe(true)
    expect(warnings).toMatchObject([{ level: 40, error: { message: 'away' } }])
  })

  it('belong to one service: two in one process do not share figures', async () => {
    const one = metricsOf(async () => empty)
    const other = metricsOf(async () => empty)
    one.metrics.quarantined.inc({ reason: 'signature_missing' })
    expect((await other.lines()).filter((line) => line.startsWith('quarantined_total{'))).toEqual([])
  })
})
