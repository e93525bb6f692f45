import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src/providers/account.ts'
import { createMetrics, type MetricsOptions } from '../../../src/telemetry/metrics.ts'
import type { GaugeSource } from '../../../src/telemetry/database-gauges.ts'
import { recordLog } from '../../support/recorded-log.ts'
import { NO_FIGURES } from '../../support/services.ts'
import { accountWith, secret } from '../providers/hipay/account.ts'

const NOW = new Date('2026-04-01T12:00:00.000Z')
const SECONDS = NOW.getTime() / 1_000

const empty: GaugeSource = {
  pending: 0,
  oldestPendingAt: null,
  oldestSnapshotAt: null,
  transactions: [],
  openDiscrepancies: [],
  lastNotifications: [],
  configuredAccounts: [],
  chores: [],
}

function metricsOf(readGauges: () => Promise<GaugeSource>, options: Partial<MetricsOptions> = {}) {
  const { logger, lines: warnings } = recordLog()
  const metrics = createMetrics({ ...NO_FIGURES, logger, readGauges, ...options })
  return { metrics, warnings, lines: async () => (await metrics.expose()).text.split('\n') }
}

const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1_000)
const configured = accountWith(secret())
const account: Account = {
  ...configured,
  account: 'shop',
  policy: { ...configured.policy, test: true },
  silence: { dayMs: 1_800_000, nightMs: 21_600_000, timezone: 'UTC' },
}
const accounts = (): Account[] => [account]
const shop = { provider: 'hipay', account: 'shop' }

describe('metrics', () => {
  it('count what they are told, by label', async () => {
    const { metrics, lines } = metricsOf(async () => empty)
    metrics.notifications.inc({ ...shop, outcome: 'stored' })
    metrics.notifications.inc({ ...shop, outcome: 'stored' })
    metrics.notifications.inc({ ...shop, outcome: 'duplicate' })
    metrics.quarantined.inc({ ...shop, reason: 'signature_mismatch' })
    metrics.unrecognized.inc({ provider: 'hipay', code: '188' })
    metrics.processed.inc({ state: 'parked' })
    metrics.lag.observe({}, 0.02)
    metrics.acknowledge.observe({}, 0.004)
    metrics.configurationRejected.inc({})
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'receiver_notifications_total{provider="hipay",account="shop",outcome="stored"} 2',
        'receiver_notifications_total{provider="hipay",account="shop",outcome="duplicate"} 1',
        'receiver_quarantined_total{provider="hipay",account="shop",reason="signature_mismatch"} 1',
        'receiver_unrecognized_total{provider="hipay",code="188"} 1',
        'receiver_messages_processed_total{state="parked"} 1',
        'receiver_configuration_rejected_total 1',
        'receiver_acknowledge_seconds_bucket{le="0.002"} 0',
        'receiver_acknowledge_seconds_bucket{le="0.005"} 1',
        'receiver_acknowledge_seconds_count 1',
        'receiver_processing_lag_seconds_bucket{le="0.01"} 0',
        'receiver_processing_lag_seconds_bucket{le="0.02"} 1',
      ]),
    )
  })

  it('count codes beyond the two hundredth, and what is no code, as other', async () => {
    const { metrics, lines } = metricsOf(async () => empty)
    const told = async (): Promise<string[]> =>
      (await lines()).filter((line) => line.startsWith('receiver_unrecognized_total{'))
    metrics.unrecognized.inc({ provider: 'hipay', code: '4111111111111111' })
    metrics.unrecognized.inc({ provider: 'hipay', code: 'a"} 1\nforged_total 9' })
    expect(await told()).toEqual(['receiver_unrecognized_total{provider="hipay",code="other"} 2'])
    for (let code = 1_000; code < 1_300; code += 1)
      metrics.unrecognized.inc({ provider: 'be2bill', code: String(code) })
    expect(await told()).toHaveLength(202)
    expect(await told()).toContain('receiver_unrecognized_total{provider="be2bill",code="1199"} 1')
    expect(await told()).toContain('receiver_unrecognized_total{provider="be2bill",code="other"} 100')
    metrics.unrecognized.inc({ provider: 'be2bill', code: '1000' })
    expect(await told()).toContain('receiver_unrecognized_total{provider="be2bill",code="1000"} 2')
  })

  it('show the gauges as they are now, without what is gone', async () => {
    const risk = { ...shop, class: 'amount_mismatch', test: 'false' }
    let source: GaugeSource = {
      ...empty,
      pending: 3,
      oldestPendingAt: ago(1.5),
      oldestSnapshotAt: ago(90),
      transactions: [
        { ...shop, reconciliation: 'matched', test: 'true', count: 4 },
        { ...shop, reconciliation: 'matched', test: '', count: 2 },
      ],
      openDiscrepancies: [
        { ...risk, currency: 'EUR', count: 1, amount: 100 },
        { ...risk, currency: 'USD', count: 2, amount: 50 },
        { ...risk, class: 'invalid_amount', test: '', currency: null, count: 1, amount: 0 },
      ],
      lastNotifications: [{ ...shop, at: ago(12) }],
      configuredAccounts: [{ ...shop, since: ago(500) }],
      chores: [{ name: 'purge_bodies', lastOkAt: ago(60) }],
    }
    const { lines } = metricsOf(async () => source, {
      accounts,
      tasks: [{ name: 'purge_bodies', intervalMs: 60_000 }],
    })
    const labels = 'provider="hipay",account="shop"'
    for (let scrape = 0; scrape < 2; scrape += 1) {
      expect(await lines()).toEqual(
        expect.arrayContaining([
          'receiver_inbox_pending_messages 3',
          `receiver_inbox_oldest_pending_timestamp_seconds ${SECONDS - 1.5}`,
          `receiver_oldest_snapshot_timestamp_seconds ${SECONDS - 90}`,
          `receiver_transactions{${labels},reconciliation="matched",test="true"} 6`,
          `receiver_open_discrepancies{${labels},class="amount_mismatch",test="false"} 3`,
          `receiver_open_discrepancies{${labels},class="invalid_amount",test="unknown"} 1`,
          `receiver_open_discrepancy_amount{${labels},class="amount_mismatch",test="false",currency="EUR"} 100`,
          `receiver_open_discrepancy_amount{${labels},class="amount_mismatch",test="false",currency="USD"} 50`,
          `receiver_last_notification_timestamp_seconds{${labels}} ${SECONDS - 12}`,
          `receiver_account_configured_timestamp_seconds{${labels}} ${SECONDS - 500}`,
          `receiver_silence_deadline_timestamp_seconds{${labels}} ${SECONDS - 12 + 1_800}`,
          `receiver_maintenance_last_success_timestamp_seconds{task="purge_bodies"} ${SECONDS - 60}`,
        ]),
      )
    }
    source = empty
    const now = (await lines()).filter((line) => /^receiver_(open_|transactions|last_|inbox_)/.test(line))
    expect(now.length).toBeGreaterThan(30)
    expect(now.filter((line) => !line.endsWith(' 0'))).toEqual([])
  })

  it('begin at 0, those of an account that was never heard and of a route that was never asked included', async () => {
    const { lines } = metricsOf(async () => empty, {
      accounts,
      tasks: [{ name: 'purge_bodies', intervalMs: 86_400_000 }],
    })
    const labels = 'provider="hipay",account="shop"'
    expect(await lines()).toEqual(
      expect.arrayContaining([
        `receiver_notifications_total{${labels},outcome="failed"} 0`,
        `receiver_quarantined_total{${labels},reason="secret_expired"} 0`,
        'receiver_quarantine_dropped_total{reason="busy"} 0',
        'receiver_messages_processed_total{state="parked"} 0',
        'receiver_messages_postponed_total{reason="held_up"} 0',
        'receiver_deadlines_total{outcome="failed"} 0',
        'receiver_signatures_examined_total{outcome="expired_secret"} 0',
        'receiver_maintenance_rows_total{task="purge_bodies"} 0',
        'receiver_maintenance_failed_total{task="purge_bodies"} 0',
        'receiver_maintenance_interval_seconds{task="purge_bodies"} 86400',
        'receiver_maintenance_last_success_timestamp_seconds{task="purge_bodies"} 0',
        `receiver_last_notification_timestamp_seconds{${labels}} 0`,
        `receiver_account_configured_timestamp_seconds{${labels}} 0`,
        `receiver_transactions{${labels},reconciliation="discrepant",test="true"} 0`,
        `receiver_open_discrepancies{${labels},class="duplicate_payment",test="true"} 0`,
        `receiver_open_discrepancy_amount{${labels},class="duplicate_payment",test="true",currency="unknown"} 0`,
        `receiver_build_info{version="test",node="${process.version}"} 1`,
        'receiver_database_connections{state="used"} 0',
      ]),
    )
    expect((await lines()).some((line) => line.startsWith('receiver_silence_deadline'))).toBe(false)
  })

  it('know an account from the scrape on that follows its configuration', async () => {
    let known: Account[] = []
    const { lines } = metricsOf(async () => empty, { accounts: () => known })
    expect((await lines()).filter((line) => line.includes('account="shop"'))).toEqual([])
    known = [account]
    expect(await lines()).toContain(
      'receiver_notifications_total{provider="hipay",account="shop",outcome="stored"} 0',
    )
  })

  it('say when a secret ends, and whether another one takes over', async () => {
    const [only] = account.secrets
    const ends = { ...only!, id: 'ends', notAfter: new Date('2026-05-01T00:00:00Z') }
    const at = ends.notAfter.getTime() / 1_000
    const labels = 'provider="hipay",account="shop",secret="ends"'
    const linesWith = async (secrets: Account['secrets']) =>
      metricsOf(async () => empty, { accounts: () => [{ ...account, secrets }] }).lines()
    expect(await linesWith([ends])).toContain(
      `receiver_secret_expiry_timestamp_seconds{${labels},replaced="false"} ${at}`,
    )
    expect(await linesWith([ends, { ...only!, id: 'next' }])).toContain(
      `receiver_secret_expiry_timestamp_seconds{${labels},replaced="true"} ${at}`,
    )
  })

  it('are read once for all who ask at the same instant, and not added up', async () => {
    let readings = 0
    const { lines } = metricsOf(async () => {
      readings += 1
      return {
        ...empty,
        openDiscrepancies: [
          { ...shop, class: 'amount_mismatch', test: 'true', currency: 'EUR', count: 1, amount: 100 },
        ],
      }
    })
    const answers = await Promise.all([lines(), lines(), lines()])
    expect(readings).toBe(1)
    for (const answer of answers)
      expect(answer).toContain(
        'receiver_open_discrepancies{provider="hipay",account="shop",class="amount_mismatch",test="true"} 1',
      )
  })

  it('keep exposing the process while the database is away', async () => {
    const { warnings, lines } = metricsOf(async () => Promise.reject(new Error('away')))
    expect((await lines()).some((line) => line.startsWith('process_cpu_seconds_total'))).toBe(true)
    expect(warnings).toMatchObject([{ level: 'warn', error: { message: 'away' } }])
  })

  it('belong to one service: two in one process do not share figures', async () => {
    const one = metricsOf(async () => empty)
    const other = metricsOf(async () => empty)
    one.metrics.quarantined.inc({ ...shop, reason: 'signature_missing' })
    expect((await other.lines()).filter((line) => line.startsWith('receiver_quarantined_total{'))).toEqual([])
  })
})
